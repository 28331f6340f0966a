using System.Net.Sockets;
using System.Text;

namespace TurkishLlm.Training.Distributed;

/// <summary>Kinds of messages between rank 0 and another rank.</summary>
internal enum MessageKind : byte
{
    /// <summary>To rank 0: introduces the sender. Rank, number of processes, attempt.</summary>
    Hello,

    /// <summary>To rank 0: a heartbeat. From rank 0: a heartbeat with the state of every rank.</summary>
    Alive,

    /// <summary>To rank 0: the text of a rank for a round of gathering. Round, text.</summary>
    Text,

    /// <summary>From rank 0: the texts of all ranks. Round, one text per rank.</summary>
    Texts,

    /// <summary>To rank 0: the sender has finished its work.</summary>
    Leave,
}

/// <summary>A message: a kind and a list of texts.</summary>
internal sealed record Message(MessageKind Kind, params string[] Words);

/// <summary>A TCP connection that carries messages both ways. Any thread may send.</summary>
internal sealed class RankConnection : IDisposable
{
    // Sent first by both sides, so that an unrelated program at the port is recognized before anything else is read from it.
    private static readonly byte[] Greeting = "TurkishLlm ranks 1\n"u8.ToArray();

    private readonly TcpClient _client;
    private readonly BinaryReader _reader;
    private readonly BinaryWriter _writer;

    public RankConnection(TcpClient client)
    {
        client.NoDelay = true;
        client.SendTimeout = (int)Heartbeat.Timeout.TotalMilliseconds;
        var network = client.GetStream();
        _client = client;
        _reader = new BinaryReader(new BufferedStream(network), Encoding.UTF8);
        _writer = new BinaryWriter(new BufferedStream(network), Encoding.UTF8);
        _writer.Write(Greeting);          // sent with the first message
    }

    /// <summary>Reads the greeting and the first message of a connection.</summary>
    /// <returns>The message; null if the other side is an unrelated program, or sends nothing in time.</returns>
    public Message? ReceiveFirst()
    {
        try
        {
            _client.ReceiveTimeout = (int)Heartbeat.Timeout.TotalMilliseconds;
            var first = _reader.ReadBytes(Greeting.Length).AsSpan().SequenceEqual(Greeting) ? Read() : null;
            _client.ReceiveTimeout = 0;
            return first;
        }
        catch (Exception error) when (IsBroken(error))
        {
            return null;
        }
    }

    /// <summary>Sends a message.</summary>
    /// <returns>False if the other side is gone or no longer reads.</returns>
    public bool TrySend(Message message)
    {
        try
        {
            lock (_writer)
            {
                _writer.Write((byte)message.Kind);
                _writer.Write7BitEncodedInt(message.Words.Length);
                foreach (var word in message.Words) _writer.Write(word);
                _writer.Flush();
            }
            return true;
        }
        catch (Exception error) when (IsBroken(error))
        {
            return false;
        }
    }

    /// <summary>Receives the next message.</summary>
    /// <returns>The message; null if the connection has ended.</returns>
    public Message? Receive()
    {
        try
        {
            return Read();
        }
        catch (Exception error) when (IsBroken(error))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private Message Read()
    {
        var kind = (MessageKind)_reader.ReadByte();
        var words = new string[_reader.Read7BitEncodedInt()];
        for (var i = 0; i < words.Length; i++) words[i] = _reader.ReadString();
        return new Message(kind, words);
    }

    // A stream that was closed in the meantime reports that it can neither read nor write.
    private static bool IsBroken(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or NotSupportedException or FormatException;
}
