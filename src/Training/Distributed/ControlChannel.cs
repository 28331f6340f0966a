using System.Diagnostics;
using System.Globalization;

namespace TurkishLlm.Training.Distributed;

/// <summary>What is known of a process, in the order in which it happens.</summary>
internal enum RankState : byte
{
    /// <summary>It has not connected yet.</summary>
    Absent,

    /// <summary>It takes part.</summary>
    Present,

    /// <summary>It ends in order.</summary>
    Left,

    /// <summary>It ended without a word, or was silent for too long.</summary>
    Lost,
}

/// <summary>
/// Connects every rank to rank 0 over TCP, for what no library for tensors does: meeting, short texts, and noticing within
/// seconds which process is gone. A process that ends breaks its connection; one that hangs misses heartbeats.
/// </summary>
internal abstract class ControlChannel(DistributedContext context) : IDisposable
{
    private readonly Dictionary<long, IReadOnlyList<string>> _gathered = [];
    private readonly int[] _heartbeatsSinceLeft = new int[context.WorldSize];
    private readonly RankState[] _states = new RankState[context.WorldSize];
    private volatile IReadOnlyList<int> _lostRanks = [], _goneRanks = [];
    private long _round;

    /// <summary>Which process this is.</summary>
    public DistributedContext Context => context;

    /// <summary>Ranks that ended without a word, or were silent for too long.</summary>
    public IReadOnlyList<int> LostRanks => _lostRanks;

    /// <summary>Ranks that are lost, or left long enough ago that nothing more can be expected of them.</summary>
    public IReadOnlyList<int> GoneRanks => _goneRanks;

    /// <summary>Guards what the threads of the channel share; pulsed whenever any of it changes.</summary>
    protected object SyncRoot { get; } = new();

    /// <summary>Meets the other processes; returns when all are there.</summary>
    /// <param name="context">Which of them this is.</param>
    /// <param name="timeout">How long to wait for the others.</param>
    /// <exception cref="IOException">The others did not come, or the port is taken.</exception>
    public static ControlChannel Connect(DistributedContext context, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        ControlChannel channel = context.Rank == 0 ? RankZeroChannel.Listen(context) : MemberChannel.ConnectToRankZero(context, timeout);
        if (channel.WaitUntil(() => channel.GetAbsentRanks().Count == 0, timeout - Stopwatch.GetElapsedTime(started))) return channel;
        var missing = channel.GetAbsentRanks();
        channel.Dispose();
        throw new IOException(string.Create(CultureInfo.InvariantCulture,
            $"Of {context.WorldSize} processes rank {string.Join(", ", missing)} did not come to {context.Endpoint} ")
            + string.Create(CultureInfo.InvariantCulture, $"within {timeout.TotalSeconds:F0} s. ")
            + "Look at what it said, or give more time with --timeout.");
    }

    /// <summary>Gives every process the texts of all.</summary>
    /// <param name="text">The text of this process.</param>
    /// <param name="timeout">How long to wait for the others.</param>
    /// <returns>The texts in the order of ranks; null when a process is gone or does not answer in time.</returns>
    public IReadOnlyList<string>? AllGather(string text, TimeSpan timeout)
    {
        var round = _round++;
        SendText(round, text);
        IReadOnlyList<string>? texts = null;
        return WaitUntil(() => _gathered.Remove(round, out texts) || GoneRanks.Count > 0, timeout) ? texts : null;
    }

    /// <summary>Tells the others that this process ends in order, with or without an error of its own.</summary>
    public abstract void Leave();

    /// <summary>True when every process ends in order.</summary>
    public bool HaveAllLeft()
    {
        lock (SyncRoot) return _states.All(state => state == RankState.Left);
    }

    /// <summary>Waits until it is known that a process is gone.</summary>
    /// <returns>The ranks; none when all give signs of life.</returns>
    public IReadOnlyList<int> WaitForGoneRanks()
    {
        WaitUntil(() => GoneRanks.Count > 0, Heartbeat.Timeout * 1.2);
        return GoneRanks;
    }

    /// <summary>Closes the connections. Where a process has not left before, the others take it for lost.</summary>
    public abstract void Dispose();

    /// <summary>Passes on the text of this process.</summary>
    protected abstract void SendText(long round, string text);

    /// <summary>Records the texts of a round, which are complete.</summary>
    protected void Complete(long round, IReadOnlyList<string> texts)
    {
        lock (SyncRoot)
        {
            _gathered[round] = texts;
            Monitor.PulseAll(SyncRoot);
        }
    }

    /// <summary>State of a process.</summary>
    protected RankState GetState(int rank)
    {
        lock (SyncRoot) return _states[rank];
    }

    /// <summary>Records the state of a process, unless a later one is known already: messages may overtake each other.</summary>
    protected void Record(int rank, RankState state)
    {
        lock (SyncRoot)
        {
            if (_states[rank] >= state) return;
            _states[rank] = state;
            Update();
        }
    }

    /// <summary>Counts a heartbeat: who left a while ago is not coming any more.</summary>
    protected void CountHeartbeat()
    {
        lock (SyncRoot)
        {
            for (var rank = 0; rank < _states.Length; rank++)
                if (_states[rank] == RankState.Left) _heartbeatsSinceLeft[rank]++;
            Update();
        }
    }

    /// <summary>Waits for something of what the threads of the channel share.</summary>
    /// <returns>False when it did not become true in time.</returns>
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
