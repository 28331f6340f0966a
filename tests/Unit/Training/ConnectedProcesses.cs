using System.Net;
using System.Net.Sockets;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Process groups over real connections, each on a thread of its own.</summary>
internal static class ConnectedProcesses
{
    public static T[] Run<T>(int size, Func<IProcessGroup, T> work)
    {
        var (port, results, errors) = (FreePort(), new T[size], new List<Exception>());
        var threads = Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                using var group = Connect(rank, size, port);
                results[rank] = work(group);
            }
            catch (Exception error)
            {
                lock (errors) errors.Add(error);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return errors.Count == 0 ? results : throw new AggregateException(errors);
    }

    public static ProcessGroup Connect(int rank, int size, int port, int seconds = 60) => ProcessGroup.Connect(
        new World(rank, size, rank, size, "127.0.0.1", port, KeepsStore: rank == 0, Attempt: "0"), CPU, TimeSpan.FromSeconds(seconds));

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
