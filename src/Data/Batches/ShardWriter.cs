using System.Buffers.Binary;
using System.Globalization;

namespace TurkishLlm.Data.Batches;

/// <summary>Writes one shard. Until <see cref="Complete"/>, readers refuse the file.</summary>
/// <remarks>Spec: DAT-01, DAT-02, DAT-03.</remarks>
public sealed class ShardWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly ShardHeader _header;
    private readonly int _vocabularySize;
    private byte[] _bytes = new byte[1 << 16];

    /// <summary>Creates the file; an existing one is an error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="split">What the shard is for.</param>
    /// <param name="tokenizerHash">SHA-256 of the tokenizer, 64 lower-case hexadecimal digits.</param>
    /// <param name="vocabularySize">Number of ids of the tokenizer, special ones included: at most 65,536.</param>
    /// <exception cref="InvalidDataException">The vocabulary does not fit 16 bits.</exception>
    /// <exception cref="IOException">The file exists or cannot be created.</exception>
    public ShardWriter(string path, DataSplit split, string tokenizerHash, int vocabularySize)
    {
        RefuseVocabulary(vocabularySize);
        _header = new(Count: -1, tokenizerHash, split);
        _vocabularySize = vocabularySize;
        Path = path;
        _stream = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 20);
        WriteHeader(_header);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Tokens written so far.</summary>
    public long Count { get; private set; }

    /// <summary>Writes ids at the end of the shard: all of them, or none when one of them does not fit.</summary>
    /// <exception cref="InvalidDataException">An id is negative or not below the vocabulary size. It is never wrapped or clamped.</exception>
    public void Append(ReadOnlySpan<int> ids)
    {
        if (_bytes.Length < ShardHeader.BytesPerToken * ids.Length) _bytes = new byte[ShardHeader.BytesPerToken * ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)_vocabularySize) throw CreateException(ids[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(ShardHeader.BytesPerToken * i), (ushort)ids[i]);
        }
        _stream.Write(_bytes, 0, ShardHeader.BytesPerToken * ids.Length);
        Count += ids.Length;
    }

    /// <summary>Writes the token count into the header and waits until the file is on the disk.</summary>
    public void Complete()
    {
        _stream.Position = 0;
        WriteHeader(_header with { Count = Count });
        _stream.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Refuses a vocabulary whose ids do not all fit 16 bits, before anything is written.</summary>
    internal static void RefuseVocabulary(int size)
    {
        if (size is < 1 or > ShardHeader.IdLimit)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The vocabulary has {size} ids, special ones included; shards hold 1 to {ShardHeader.IdLimit}, because an id is 16 bits. ")
                + "Train a tokenizer with a smaller vocabulary, such as 64000.");
    }

    private void WriteHeader(ShardHeader header)
    {
        Span<byte> bytes = stackalloc byte[ShardHeader.Length];
        header.Write(bytes);
        _stream.Write(bytes);
    }

    private InvalidDataException CreateException(int id) => new(string.Create(CultureInfo.InvariantCulture,
        $"{Path}: token id {id} is outside the vocabulary, whose ids are 0 to {_vocabularySize - 1}. ")
        + "The ids come from another tokenizer than the one the shard names; encode with that one.");
}
