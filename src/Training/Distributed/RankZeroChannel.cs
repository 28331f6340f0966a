using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TurkishLlm.Training.Distributed;

/// <summary>The channel of rank 0: accepts the other ranks, collects their texts and sends each the state of all.</summary>
internal sealed class RankZeroChannel : ControlChannel
{
    private readonly TcpListener _listener;
    private readonly RankConnection?[] _connections;
    private readonly int[] _missedHeartbeats;
    private readonly Dictionary<long, string?[]> _texts = [];
    private readonly Heartbeat _heartbeat;

    private RankZeroChannel(DistributedContext context, TcpListener listener)
        : base(context)
    {
        (_listener, _connections, _missedHeartbeats) = (
            listener, new RankConnection?[context.WorldSize],
            new int[context.WorldSize]);
        Record(0, RankState.Present);
        BackgroundThread.Start("accept ranks", Accept);
        _heartbeat = new Heartbeat(SendHeartbeat);
    }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">The port is in use.</exception>
    public static RankZeroChannel Listen(DistributedContext context)
    {
        // On all networks, unless the address is that of this machine only.
        var loopback = context.MasterAddress == "localhost"
            || (IPAddress.TryParse(context.MasterAddress, out var address) && IPAddress.IsLoopback(address));
        var listener = loopback
            ? new TcpListener(IPAddress.Loopback, context.MasterPort)
            : TcpListener.Create(context.MasterPort);
        try
        {
            listener.Start(backlog: 1024);
            return new RankZeroChannel(context, listener);
        }
        catch (SocketException error)
        {
            throw new IOException(
                $"Rank 0 cannot listen at {context.Endpoint}: {error.Message}. Choose another MASTER_PORT.", error);
        }
    }

    /// <inheritdoc/>
    public override void Leave()
    {
        Record(0, RankState.Left);
        BroadcastStates();
    }

    /// <summary>Waits briefly for the others to close their connections first, so that they have read everything.</summary>
    public override void Dispose()
    {
        WaitUntil(() => !HaveAllLeft() || _connections.All(connection => connection is null), Heartbeat.Timeout);
        _heartbeat.Dispose();
        _listener.Dispose();
        foreach (var connection in _connections) connection?.Dispose();
    }

    /// <inheritdoc/>
    protected override void SendText(long round, string text) => Add(round, 0, text);

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = new RankConnection(_listener.AcceptTcpClient());
                BackgroundThread.Start("messages of a rank", () => Serve(connection));
            }
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException or IOException)
        {
            // The channel is closed.
        }
    }

    private void Serve(RankConnection connection)
    {
        using (connection)
        {
            if (connection.ReceiveFirst() is not { Kind: MessageKind.Hello } hello || ParseRank(hello) is not { } rank) return;
            if (!AddConnection(rank, connection)) return;
            BroadcastStates();
            while (connection.Receive() is { } message) Handle(rank, message);
            lock (SyncRoot) _connections[rank] = null;
            if (GetState(rank) != RankState.Left) Record(rank, RankState.Lost);
            lock (SyncRoot) Monitor.PulseAll(SyncRoot);
            BroadcastStates();
        }
    }

    // Null for a process of another run, or of an earlier attempt of this run.
    private int? ParseRank(Message hello) =>
        hello.Words is [var rank, var size, var attempt] && size == Number(Context.WorldSize) && attempt == Context.Attempt
        && int.TryParse(rank, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number > 0 && number < Context.WorldSize ? number : null;

    private bool AddConnection(int rank, RankConnection connection)
    {
        lock (SyncRoot)
        {
            if (GetState(rank) != RankState.Absent) return false;
            _connections[rank] = connection;
            Record(rank, RankState.Present);
            return true;
        }
    }

    private void Handle(int rank, Message message)
    {
        lock (SyncRoot) _missedHeartbeats[rank] = 0;
        if (message is { Kind: MessageKind.Text, Words: [var round, var text] })
            Add(long.Parse(round, CultureInfo.InvariantCulture), rank, text);
        if (message.Kind != MessageKind.Leave) return;
        Record(rank, RankState.Left);
        BroadcastStates();
    }

    private void Add(long round, int rank, string text)
    {
        string?[]? texts;
        lock (SyncRoot)
        {
            if (!_texts.TryGetValue(round, out texts)) _texts[round] = texts = new string?[Context.WorldSize];
            texts[rank] = text;
            if (texts.Contains(null)) return;
            _texts.Remove(round);
        }
        Broadcast(new Message(MessageKind.Texts, [Number(round), .. texts!]));
        Complete(round, texts!);
    }

    private void SendHeartbeat()
    {
        lock (SyncRoot)
        {
            for (var rank = 1; rank < Context.WorldSize; rank++)
                if (_connections[rank] is { } connection && ++_missedHeartbeats[rank] >= Heartbeat.MaxMissed)
                {
                    Record(rank, RankState.Lost);
                    connection.Dispose();
                }
        }
        CountHeartbeat();
        BroadcastStates();
    }

    private void BroadcastStates()
    {
        var states = Enumerable.Range(0, Context.WorldSize).Select(rank => Number((int)GetState(rank)));
        Broadcast(new Message(MessageKind.Alive, [.. states]));
    }

    // A connection is broken if the other side does not read; its reader notices that too and records it.
    private void Broadcast(Message message)
    {
        for (var rank = 1; rank < Context.WorldSize; rank++)
        {
            RankConnection? connection;
            lock (SyncRoot) connection = _connections[rank];
            if (connection is not null && !connection.TrySend(message)) connection.Dispose();
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
