using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace TurkishLlm.Training.Distributed;

/// <summary>The channel of every rank except 0: one connection, to rank 0.</summary>
internal sealed class MemberChannel : ControlChannel
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly RankConnection _connection;
    private readonly Heartbeat _heartbeat;
    private int _missedHeartbeats;

    private MemberChannel(DistributedContext context, RankConnection connection, Message first)
        : base(context)
    {
        _connection = connection;
        Handle(first);
        BackgroundThread.Start("messages of rank 0", () =>
        {
            while (_connection.Receive() is { } message) Handle(message);
            if (GetState(0) != RankState.Left) Record(0, RankState.Lost);
        });
        _heartbeat = new Heartbeat(SendHeartbeat);
    }

    /// <summary>Connects to rank 0.</summary>
    /// <exception cref="IOException">Rank 0 could not be reached in time.</exception>
    public static MemberChannel ConnectToRankZero(DistributedContext context, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        string cause;
        do
        {
            var client = new TcpClient();
            try
            {
                if (!client.ConnectAsync(context.MasterAddress, context.MasterPort).Wait(timeout))
                    throw new SocketException((int)SocketError.TimedOut);
                var connection = new RankConnection(client);
                connection.TrySend(
                    new Message(MessageKind.Hello, [Number(context.Rank), Number(context.WorldSize), context.Attempt]));
                if (connection.ReceiveFirst() is { Kind: MessageKind.Alive } first)
                    return new MemberChannel(context, connection, first);
                cause = "it does not expect this process";
            }
            catch (Exception error) when (error.GetBaseException() is SocketException or IOException)
            {
                cause = error.GetBaseException().Message;
            }
            client.Dispose();
            Thread.Sleep(Pause);
        }
        while (Stopwatch.GetElapsedTime(started) < timeout);
        throw new IOException(string.Create(CultureInfo.InvariantCulture,
            $"Rank {context.Rank} could not reach rank 0 at {context.Endpoint} within {timeout.TotalSeconds:F0} s: {cause}"));
    }

    /// <inheritdoc/>
    public override void Leave()
    {
        Record(Context.Rank, RankState.Left);
        _connection.TrySend(new Message(MessageKind.Leave));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _heartbeat.Dispose();
        _connection.Dispose();
    }

    /// <inheritdoc/>
    protected override void SendText(long round, string text) =>
        _connection.TrySend(new Message(MessageKind.Text, [Number(round), text]));

    private void Handle(Message message)
    {
        Volatile.Write(ref _missedHeartbeats, 0);
        if (message is { Kind: MessageKind.Texts, Words: [var round, .. var texts] })
            Complete(long.Parse(round, CultureInfo.InvariantCulture), texts);
        if (message.Kind != MessageKind.Alive) return;
        for (var rank = 0; rank < Context.WorldSize; rank++)
            if (rank != Context.Rank) Record(rank, (RankState)int.Parse(message.Words[rank], CultureInfo.InvariantCulture));
            else if (GetState(rank) == RankState.Absent) Record(rank, RankState.Present);
    }

    private void SendHeartbeat()
    {
        _connection.TrySend(new Message(MessageKind.Alive));
        if (Interlocked.Increment(ref _missedHeartbeats) >= Heartbeat.MaxMissed) Record(0, RankState.Lost);
        CountHeartbeat();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
