using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Process groups over real connections, each on a thread of its own; the sums are made here, without a library.</summary>
internal static class ConnectedProcesses
{
    public static T[] Run<T>(int size, Func<IProcessGroup, T> work)
    {
        var (port, results, sums) = (FreePort(), new T[size], new Sums(size));
        AtOnce(size, rank =>
        {
            using var group = Connect(rank, size, port, engine: new Engine(sums, rank));
            results[rank] = work(group);
        });
        return results;
    }

    /// <summary>Calls a function on as many threads at once.</summary>
    public static void AtOnce(int count, Action<int> work)
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
            engine ?? new Engine(new Sums(size), rank), TimeSpan.FromSeconds(seconds));

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // What all ranks gave to the sum under way.
    private sealed class Sums(int size)
    {
        private readonly Tensor?[] _given = new Tensor?[size];

        public void Give(int rank, Tensor tensor)
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

        public bool Has(int rank)
        {
            lock (_given) return _given[rank] is null;
        }
    }

    private sealed class Engine(Sums sums, int rank) : ICollectiveEngine
    {
        public void Connect(DistributedContext context, Func<string, IReadOnlyList<string>> gather) =>
            gather("here").Should().HaveCount(context.Size);

        public void Start(Tensor tensor) => sums.Give(rank, tensor);

        public bool IsDone() => sums.Has(rank);

        public void Close(bool together)
        {
        }
    }
}
