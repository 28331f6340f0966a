using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TurkishLlm.Model;
using TurkishLlm.Kernels;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>Processes connected by libtorch's collective operations.</summary>
public sealed class ProcessGroup : IProcessGroup
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly SharedStore _store, _meeting;
    private readonly LifeSigns _signs;
    private readonly Collectives _collectives;
    private readonly TimeSpan _timeout;
    private long _gathered;

    private ProcessGroup(World world, SharedStore store, SharedStore meeting, LifeSigns signs, Collectives collectives, TimeSpan timeout) =>
        (World, _store, _meeting, _signs, _collectives, _timeout) = (world, store, meeting, signs, collectives, timeout);

    /// <inheritdoc/>
    public World World { get; }

    /// <summary>Meets the other processes; returns when all are there.</summary>
    /// <param name="world">Which of them this is.</param>
    /// <param name="device">Device of this process.</param>
    /// <param name="timeout">How long to wait for the others, now and in every operation, while all of them live.</param>
    /// <exception cref="ConfigurationException">This libtorch cannot do it.</exception>
    /// <exception cref="IOException">The others did not come, or the port is taken.</exception>
    public static ProcessGroup Connect(World world, Device device, TimeSpan timeout)
    {
        if (Collectives.Missing(device) is { } reason)
            throw new ConfigurationException($"Training in {world.Size} processes on {device} is not possible here: {reason}. Train in one process.");

        var place = string.Create(CultureInfo.InvariantCulture, $"{world.Address}:{world.Port}");
        var store = Open(world, place, timeout, "signs", world.KeepsStore);
        SharedStore? meeting = null;
        LifeSigns? signs = null;
        try
        {
            Meet(store, world, place, timeout);
            signs = new LifeSigns(store, world);
            meeting = Open(world, place, timeout, "collectives", keep: false);
            return new ProcessGroup(world, store, meeting, signs, Collectives.Open(meeting, world.Address, world.Rank, world.Size, timeout, device), timeout);
        }
        catch (Exception error)
        {
            signs?.Dispose();
            meeting?.Dispose();
            store.Dispose();
            if (error is ExternalException) throw new IOException($"Rank {world.Rank} did not connect to the others: {error.Message}", error);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Sum(Tensor tensor) => OrLost(() => _collectives.Sum(tensor));

    /// <inheritdoc/>
    public IReadOnlyList<string> Gather(string text)
    {
        var (round, started) = (_gathered++, Stopwatch.GetTimestamp());
        var texts = new string[World.Size];
        OrLost(() =>
        {
            _store.Set(Key(round, World.Rank), text);
            // Everybody has read the round before last, or this rank would not have got past the last one.
            if (round >= 2) _store.Delete(Key(round - 2, World.Rank));
        });
        for (var rank = 0; rank < World.Size; rank++)
            while (!Read(rank))
            {
                if (_signs.Silent() is { Count: > 0 } silent) throw new LostRankException(silent, World, "nothing came from it");
                if (Stopwatch.GetElapsedTime(started) > _timeout) throw new LostRankException([], World, $"waited {_timeout.TotalSeconds:F0} s for rank {rank}");
                Thread.Sleep(Pause);
            }
        return texts;

        bool Read(int rank)
        {
            OrLost(() => texts[rank] = _store.Get(Key(round, rank))!);
            return texts[rank] is not null;
        }
    }

    /// <summary>Leaves the group. Who keeps the store waits a while for the others to leave first.</summary>
    public void Dispose()
    {
        _signs.Dispose();
        _collectives.Dispose();
        try
        {
            _store.Add("left", 1);
            for (var waited = TimeSpan.Zero; World.KeepsStore && waited < LifeSigns.Patience && _store.Add("left", 0) < World.Size; waited += Pause) Thread.Sleep(Pause);
        }
        catch (ExternalException)
        {
            // Who kept the store has left already.
        }
        _meeting.Dispose();
        _store.Dispose();
    }

    private static string Key(long round, int rank) => string.Create(CultureInfo.InvariantCulture, $"text/{round}/{rank}");

    private static SharedStore Open(World world, string place, TimeSpan timeout, string prefix, bool keep)
    {
        try
        {
            return SharedStore.Open(world.Address, world.Port, keep, timeout, $"turkishllm/{world.Attempt}/{prefix}");
        }
        catch (ExternalException error)
        {
            var cause = error.Message.Split('\n')[0];
            throw new IOException(keep
                ? $"Rank {world.Rank} cannot be met at {place}: {cause} Choose another MASTER_PORT."
                : $"Rank {world.Rank} did not reach rank 0 at {place} within {timeout.TotalSeconds:F0} s: {cause}", error);
        }
    }

    private static void Meet(SharedStore store, World world, string place, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        store.Set($"here/{world.Rank}", "");
        int[] missing;
        while ((missing = [.. Enumerable.Range(0, world.Size).Where(rank => store.Get($"here/{rank}") is null)]).Length > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > timeout)
                throw new IOException($"Of {world.Size} processes rank {string.Join(", ", missing)} did not come to {place} within {timeout.TotalSeconds:F0} s. Look at what it said, or give more time with --timeout.");
            Thread.Sleep(4 * Pause);
        }
    }

    private void OrLost(Action together)
    {
        try
        {
            together();
        }
        catch (ExternalException error)
        {
            throw new LostRankException(_signs.Lost(), World, error.Message.Split('\n')[0]);
        }
    }
}
