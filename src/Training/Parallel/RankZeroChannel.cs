using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TurkishLlm.Training;

/// <summary>The channel at rank 0: listens for the others, collects their texts and tells each the state of all.</summary>
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
        (_listener, _connections, _missedHeartbeats) = (listener, new RankConnection?[context.Size], new int[context.Size]);
        Record(0, RankState.Present);
        Background.Run("accept ranks", Accept);
        _heartbeat = new Heartbeat(Beat);
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static RankZeroChannel Listen(DistributedContext context)
    {
        // On all networks, unless the address says that everything happens on this machine.
        var loopback = context.Address == "localhost"
            || (IPAddress.TryParse(context.Address, out var address) && IPAddress.IsLoopback(address));
        var listener = loopback ? new TcpListener(IPAddress.Loopback, context.Port) : TcpListener.Create(context.Port);
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
        TellStates();
    }

    /// <summary>Waits a while for the others to close their connections first, so that they have read everything.</summary>
    public override void Dispose()
    {
        WaitUntil(() => !AllHaveLeft() || _connections.All(connection => connection is null), Heartbeat.Patience);
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
                Background.Run("messages of a rank", () => Serve(connection));
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
            if (connection.ReceiveFirst() is not { Kind: MessageKind.Hello } hello || RankOf(hello) is not { } rank) return;
            if (!Admit(rank, connection)) return;
            TellStates();
            while (connection.Receive() is { } message) Handle(rank, message);
            lock (Gate) _connections[rank] = null;
            if (StateOf(rank) != RankState.Left) Record(rank, RankState.Lost);
            lock (Gate) Monitor.PulseAll(Gate);
            TellStates();
        }
    }

    // Null for a process of another run, or of an earlier attempt at this one.
    private int? RankOf(Message hello) =>
        hello.Words is [var rank, var size, var attempt] && size == Number(Context.Size) && attempt == Context.Attempt
        && int.TryParse(rank, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number > 0 && number < Context.Size ? number : null;

    private bool Admit(int rank, RankConnection connection)
    {
        lock (Gate)
        {
            if (StateOf(rank) != RankState.Absent) return false;
            _connections[rank] = connection;
            Record(rank, RankState.Present);
            return true;
        }
    }

    private void Handle(int rank, Message message)
    {
        lock (Gate) _missedHeartbeats[rank] = 0;
        if (message is { Kind: MessageKind.Text, Words: [var round, var text] })
            Add(long.Parse(round, CultureInfo.InvariantCulture), rank, text);
        if (message.Kind != MessageKind.Leave) return;
        Record(rank, RankState.Left);
        TellStates();
    }

    private void Add(long round, int rank, string text)
    {
        string?[]? texts;
        lock (Gate)
        {
            if (!_texts.TryGetValue(round, out texts)) _texts[round] = texts = new string?[Context.Size];
            texts[rank] = text;
            if (texts.Contains(null)) return;
            _texts.Remove(round);
        }
        TellAll(new Message(MessageKind.Texts, [Number(round), .. texts!]));
        Complete(round, texts!);
    }

    private void Beat()
    {
        lock (Gate)
        {
            for (var rank = 1; rank < Context.Size; rank++)
                if (_connections[rank] is { } connection && ++_missedHeartbeats[rank] >= Heartbeat.Rounds)
                {
                    Record(rank, RankState.Lost);
                    connection.Dispose();
                }
        }
        CountHeartbeat();
        TellStates();
    }

    private void TellStates()
    {
        var states = Enumerable.Range(0, Context.Size).Select(rank => Number((int)StateOf(rank)));
        TellAll(new Message(MessageKind.Alive, [.. states]));
    }

    // A connection that takes nothing is broken; its reader learns so too and records it.
    private void TellAll(Message message)
    {
        for (var rank = 1; rank < Context.Size; rank++)
        {
            RankConnection? connection;
            lock (Gate) connection = _connections[rank];
            if (connection is not null && !connection.TrySend(message)) connection.Dispose();
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
