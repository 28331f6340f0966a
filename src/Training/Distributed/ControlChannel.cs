using System.Diagnostics;
using System.Globalization;

namespace TurkishLlm.Training.Distributed;

/// <summary>State of a process as the channel knows it, in the order of its life.</summary>
internal enum RankState : byte
{
    /// <summary>It has not connected yet.</summary>
    Absent,

    /// <summary>It is connected.</summary>
    Present,

    /// <summary>It announced its end.</summary>
    Left,

    /// <summary>It ended without announcing it, or missed its heartbeats.</summary>
    Lost,
}

/// <summary>
/// Connects every rank to rank 0 over TCP, for what collective libraries do not offer: rendezvous, short texts, and the detection
/// of lost processes within seconds. A process that ends breaks its connection; a process that hangs misses heartbeats.
/// </summary>
internal abstract class ControlChannel(DistributedContext context) : IDisposable
{
    private readonly Dictionary<long, IReadOnlyList<string>> _gathered = [];
    private readonly int[] _heartbeatsSinceLeft = new int[context.WorldSize];
    private readonly RankState[] _states = new RankState[context.WorldSize];
    private volatile IReadOnlyList<int> _lostRanks = [], _goneRanks = [];
    private long _round;

    /// <summary>Rank and addresses of this process.</summary>
    public DistributedContext Context => context;

    /// <summary>Ranks that ended without announcing it, or missed their heartbeats.</summary>
    public IReadOnlyList<int> LostRanks => _lostRanks;

    /// <summary>Ranks that are lost, or left so long ago that no message can still arrive from them.</summary>
    public IReadOnlyList<int> GoneRanks => _goneRanks;

    /// <summary>Guards the shared state of the channel's threads; pulsed on every change.</summary>
    protected object SyncRoot { get; } = new();

    /// <summary>Connects to the other processes and returns when all are connected.</summary>
    /// <param name="context">Rank and addresses of this process.</param>
    /// <param name="timeout">How long to wait for the others.</param>
    /// <exception cref="IOException">A process did not connect in time, or the port is in use.</exception>
    public static ControlChannel Connect(DistributedContext context, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        ControlChannel channel =
            context.Rank == 0 ? RankZeroChannel.Listen(context) : MemberChannel.ConnectToRankZero(context, timeout);
        if (channel.WaitUntil(() => channel.GetAbsentRanks().Count == 0, timeout - Stopwatch.GetElapsedTime(started)))
            return channel;
        var missing = channel.GetAbsentRanks();
        channel.Dispose();
        throw new IOException(string.Create(CultureInfo.InvariantCulture,
            $"Rank {string.Join(", ", missing)} of {context.WorldSize} processes did not connect to {context.Endpoint} ")
            + string.Create(CultureInfo.InvariantCulture, $"within {timeout.TotalSeconds:F0} s. ")
            + "Check its output, or raise --distributed-timeout.");
    }

    /// <summary>Gathers one text of every process.</summary>
    /// <param name="text">The text of this process.</param>
    /// <param name="timeout">How long to wait for the others.</param>
    /// <returns>The texts in the order of ranks; null if a process was lost or does not answer in time.</returns>
    public IReadOnlyList<string>? AllGather(string text, TimeSpan timeout)
    {
        var round = _round++;
        SendText(round, text);
        IReadOnlyList<string>? texts = null;
        return WaitUntil(() => _gathered.Remove(round, out texts) || GoneRanks.Count > 0, timeout) ? texts : null;
    }

    /// <summary>Announces to the others that this process ends, with or without an error of its own.</summary>
    public abstract void Leave();

    /// <summary>Returns true if every process has announced its end.</summary>
    public bool HaveAllLeft()
    {
        lock (SyncRoot) return _states.All(state => state == RankState.Left);
    }

    /// <summary>Waits until a process is known to be gone, for as long as detection can take.</summary>
    /// <returns>The ranks; empty if all processes send heartbeats.</returns>
    public IReadOnlyList<int> WaitForGoneRanks()
    {
        WaitUntil(() => GoneRanks.Count > 0, Heartbeat.Timeout * 1.2);
        return GoneRanks;
    }

    /// <summary>
    /// Closes the connections. The other processes consider this one lost unless it called <see cref="Leave"/>.
    /// </summary>
    public abstract void Dispose();

    /// <summary>Sends the text of this process.</summary>
    protected abstract void SendText(long round, string text);

    /// <summary>Records the complete texts of a round.</summary>
    protected void Complete(long round, IReadOnlyList<string> texts)
    {
        lock (SyncRoot)
        {
            _gathered[round] = texts;
            Monitor.PulseAll(SyncRoot);
        }
    }

    /// <summary>Returns the state of a process.</summary>
    protected RankState GetState(int rank)
    {
        lock (SyncRoot) return _states[rank];
    }

    /// <summary>Records the state of a process unless a later one is already known: messages may overtake each other.</summary>
    protected void Record(int rank, RankState state)
    {
        lock (SyncRoot)
        {
            if (_states[rank] >= state) return;
            _states[rank] = state;
            Update();
        }
    }

    /// <summary>Counts a heartbeat: a rank that left several heartbeats ago is gone.</summary>
    protected void CountHeartbeat()
    {
        lock (SyncRoot)
        {
            for (var rank = 0; rank < _states.Length; rank++)
                if (_states[rank] == RankState.Left) _heartbeatsSinceLeft[rank]++;
            Update();
        }
    }

    /// <summary>Waits until a condition on the shared state holds.</summary>
    /// <returns>False if it did not hold in time.</returns>
    protected bool WaitUntil(Func<bool> condition, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        lock (SyncRoot)
        {
            while (!condition())
            {
                var left = timeout - Stopwatch.GetElapsedTime(started);
                if (left <= TimeSpan.Zero) return false;
                Monitor.Wait(SyncRoot, left);
            }
            return true;
        }
    }

    private void Update()
    {
        _lostRanks = FindRanks(rank => _states[rank] == RankState.Lost);
        _goneRanks = FindRanks(rank =>
            _states[rank] == RankState.Lost || (_heartbeatsSinceLeft[rank] >= Heartbeat.MaxMissed && rank != context.Rank));
        Monitor.PulseAll(SyncRoot);
    }

    private List<int> GetAbsentRanks() => FindRanks(rank => GetState(rank) == RankState.Absent);

    private List<int> FindRanks(Func<int, bool> condition) => [.. Enumerable.Range(0, context.WorldSize).Where(condition)];
}
