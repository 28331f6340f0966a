using System.Runtime.ExceptionServices;
using TorchSharp;
using TurkishLlm.Training.Distributed;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>
/// The processes of a run, simulated by threads: each works separately, and every sum waits for all of them, as between
/// processes. The gate can so judge what several processes compute without starting any.
/// </summary>
internal static class SimulatedRanks
{
    /// <summary>Runs the same function as every rank.</summary>
    /// <returns>The result of each rank, in order.</returns>
    public static IReadOnlyList<T> Run<T>(int size, Func<IProcessGroup, T> work)
    {
        using var meeting = new Rendezvous(size);
        var results = new T[size];
        ExceptionDispatchInfo? failure = null;
        var threads = Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(new Rank(rank, meeting));
            }
            catch (Exception error)
            {
                // The others fail because this rank failed; its exception is the cause.
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
                meeting.FailureSource.Cancel();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        failure?.Throw();
        return results;
    }

    private sealed class Rendezvous(int size) : IDisposable
    {
        private readonly Barrier _barrier = new(size);

        public Tensor[] Tensors { get; } = new Tensor[size];

        public string[] GatheredTexts { get; } = new string[size];

        public CancellationTokenSource FailureSource { get; } = new();

        public void Wait() => _barrier.SignalAndWait(FailureSource.Token);

        public void Dispose()
        {
            _barrier.Dispose();
            FailureSource.Dispose();
        }
    }

    private sealed class Rank(int rank, Rendezvous meeting) : IProcessGroup
    {
        public DistributedContext Context { get; } =
            DistributedContext.SingleProcess with
            {
                Rank = rank,
                WorldSize = meeting.GatheredTexts.Length,
            };

        public void AllReduceSum(Tensor tensor)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            meeting.Tensors[rank] = tensor;
            meeting.Wait();
            var sum = meeting.Tensors[0].clone();
            foreach (var other in meeting.Tensors.Skip(1)) sum.add_(other);
            meeting.Wait();        // no thread reads the parts any more
            tensor.copy_(sum);
            meeting.Wait();
        }

        public IReadOnlyList<string> AllGather(string text)
        {
            meeting.GatheredTexts[rank] = text;
            meeting.Wait();
            string[] all = [.. meeting.GatheredTexts];
            meeting.Wait();
            return all;
        }

        public void Dispose()
        {
        }
    }
}
