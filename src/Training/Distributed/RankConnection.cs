using System.Net.Sockets;
using System.Text;

namespace TurkishLlm.Training.Distributed;

/// <summary>What the messages between rank 0 and another rank say.</summary>
internal enum MessageKind : byte
{
    /// <summary>To rank 0: who connects. Rank, number of processes, attempt.</summary>
    Hello,

    /// <summary>To rank 0: the sender runs. From rank 0: the same, with the state of every rank.</summary>
    Alive,

    /// <summary>To rank 0: the text of a rank for a round of gathering. Round, text.</summary>
    Text,

    /// <summary>From rank 0: the texts of all ranks. Round, one text per rank.</summary>
    Texts,

    /// <summary>To rank 0: the sender has finished its work.</summary>
    Leave,
}

/// <summary>A message: a kind and a few texts.</summary>
internal sealed record Message(MessageKind Kind, params string[] Words);

/// <summary>One TCP connection that carries messages both ways. Any thread may send.</summary>
internal sealed class RankConnection : IDisposable
{
    // Sent first by both sides, so that a stranger at the port is recognized before anything else is read from it.
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
        _writer.Write(Greeting);          // goes out with the first message
    }

    /// <summary>Reads what opens every connection, and the first message.</summary>
    /// <returns>The message; null for a stranger, or one that says nothing in time.</returns>
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
    /// <returns>False when the other side is gone or takes nothing any more.</returns>
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
    /// <returns>The message; null when the connection has ended.</returns>
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

    // A stream that was closed meanwhile says that it can neither read nor write.
    private static bool IsBroken(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or NotSupportedException or FormatException;
}
