using System.Buffers.Binary;
using System.Globalization;

namespace TurkishLlm.Data.Batches;

/// <summary>Writes one shard. Readers reject the file until <see cref="Complete"/> is called.</summary>
/// <remarks>Spec: DAT-01, DAT-02, DAT-03.</remarks>
public sealed class ShardWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly ShardHeader _header;
    private readonly int _vocabularySize;
    private byte[] _bytes = new byte[1 << 16];

    /// <summary>Creates the file; it must not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="split">The purpose of the shard.</param>
    /// <param name="tokenizerHash">SHA-256 of the tokenizer, 64 lower-case hexadecimal digits.</param>
    /// <param name="vocabularySize">Number of ids of the tokenizer, including special tokens; at most 65,536.</param>
    /// <exception cref="InvalidDataException">The ids of the vocabulary do not fit 16 bits.</exception>
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

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Number of tokens written so far.</summary>
    public long Count { get; private set; }

    /// <summary>Appends ids to the shard: all of them, or none if one is invalid.</summary>
    /// <exception cref="InvalidDataException">
    /// An id is negative or not below the vocabulary size. Ids are never wrapped or clamped.
    /// </exception>
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

    /// <summary>Writes the token count to the header and flushes the file to disk.</summary>
    public void Complete()
    {
        _stream.Position = 0;
        WriteHeader(_header with { Count = Count });
        _stream.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Throws if the ids of a vocabulary do not all fit 16 bits, before anything is written.</summary>
    internal static void RefuseVocabulary(int size)
    {
        if (size is < 1 or > ShardHeader.IdLimit)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The vocabulary has {size} ids, including special tokens; shards support 1 to "
                    + $"{ShardHeader.IdLimit}, because ids have 16 bits. "
            ) + "Train a tokenizer with a smaller vocabulary, such as 64000.");
    }

    private void WriteHeader(ShardHeader header)
    {
        Span<byte> bytes = stackalloc byte[ShardHeader.Length];
        header.Write(bytes);
        _stream.Write(bytes);
    }

    private InvalidDataException CreateException(int id) => new(string.Create(CultureInfo.InvariantCulture,
        $"{Path}: token id {id} is outside the vocabulary, which has the ids 0 to {_vocabularySize - 1}. ")
        + "The ids come from a different tokenizer; encode with the tokenizer of the shard.");
}
