using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using TurkishLlm.Training.Distributed;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training.Distributed;

/// <summary>Process groups over real connections, each on its own thread; sums are computed here, without a library.</summary>
internal static class LoopbackProcessGroups
{
    public static T[] Run<T>(int size, Func<IProcessGroup, T> work)
    {
        var (port, results, sums) = (FreePort(), new T[size], new SharedSum(size));
        RunConcurrently(size, rank =>
        {
            using var group = Connect(rank, size, port, engine: new InProcessEngine(sums, rank));
            results[rank] = work(group);
        });
        return results;
    }

    /// <summary>Calls a function on several threads at once.</summary>
    public static void RunConcurrently(int count, Action<int> work)
    {
        var errors = new List<Exception>();
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try
            {
                work(i);
            }
            catch (Exception error)
            {
                lock (errors) errors.Add(error);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (errors.Count > 0) throw new AggregateException(errors);
    }

    public static ProcessGroup Connect(int rank, int size, int port, int seconds = 60, ICollectiveEngine? engine = null) =>
        ProcessGroup.Connect(
            new DistributedContext(rank, size, rank, size, "127.0.0.1", port, Attempt: "0"),
            engine ?? new InProcessEngine(new SharedSum(size), rank), TimeSpan.FromSeconds(seconds));

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The contributions of all ranks to the current sum.
    private sealed class SharedSum(int size)
    {
        private readonly Tensor?[] _given = new Tensor?[size];

        public void Contribute(int rank, Tensor tensor)
        {
            lock (_given)
            {
                _given[rank] = tensor;
                if (_given.Contains(null)) return;
                using var scope = NewDisposeScope();
                using var grad = no_grad();
                var sum = _given.Skip(1).Aggregate(_given[0]!.clone(), (all, next) => all.add_(next!));
                foreach (var given in _given) given!.copy_(sum);
                Array.Clear(_given);
            }
        }

        public bool IsDone(int rank)
        {
            lock (_given) return _given[rank] is null;
        }
    }

    private sealed class InProcessEngine(SharedSum sums, int rank) : ICollectiveEngine
    {
        public void Connect(DistributedContext context, Func<string, IReadOnlyList<string>> allGather) =>
            allGather("here").Should().HaveCount(context.WorldSize);

        public void StartAllReduce(Tensor tensor) => sums.Contribute(rank, tensor);

        public bool PollCompletion() => sums.IsDone(rank);

        public void Close(bool graceful)
        {
        }
    }
}
