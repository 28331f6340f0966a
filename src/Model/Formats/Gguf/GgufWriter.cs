using System.Security.Cryptography;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>
/// Writes a GGUF file sequentially, so that each tensor is in memory only while it is written, and computes the hash of the file.
/// </summary>
public sealed class GgufWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<GgufTensorInfo> _remaining;

    private GgufWriter(string path, GgufMetadata metadata, IEnumerable<GgufTensorInfo> tensors)
    {
        var (header, bytes) = GgufHeader.Create(metadata, tensors);
        _remaining = new(header.Entries.Select(entry => entry.Tensor));
        _stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        Append(bytes);
    }

    /// <summary>Creates a file, replacing an existing one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="tensors">All tensors of the file, in the order in which they will be written.</param>
    public static GgufWriter Create(string path, GgufMetadata metadata, IEnumerable<GgufTensorInfo> tensors)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        return new(path, metadata, tensors);
    }

    /// <summary>Writes the next tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="elements">All elements, row-major; they are converted to the type of the tensor.</param>
    /// <exception cref="InvalidOperationException">Another tensor is next, or it has another number of elements.</exception>
    /// <exception cref="InvalidDataException">A number is too large for the type.</exception>
    public void Write(string name, ReadOnlySpan<float> elements)
    {
        var turn = _remaining.Count > 0 ? _remaining.Dequeue() : null;
        if (turn?.Name != name)
            throw new InvalidOperationException($"{_stream.Name}: \"{name}\" was written out of order; "
                + $"{(turn is null ? "every tensor is complete" : $"next is {turn}")}.");
        if (turn.ElementCount != elements.Length)
            throw new InvalidOperationException(
                $"{_stream.Name}: {turn} has {turn.ElementCount} elements, but {elements.Length} were written.");
        var bytes = new byte[GgufHeader.Pad(turn.ByteCount, GgufHeader.DefaultAlignment)];
        try
        {
            GgufBlocks.Encode(turn.Type, elements, bytes);
        }
        catch (OverflowException error)
        {
            throw new InvalidDataException($"{name} cannot be stored as {turn.Type}: {error.Message}. Use bf16 or f32.", error);
        }
        Append(bytes);
    }

    /// <summary>Flushes the file to the disk.</summary>
    /// <returns>SHA-256 of the file, hexadecimal, lower case.</returns>
    /// <exception cref="InvalidOperationException">A tensor is missing.</exception>
    public string Finish()
    {
        if (_remaining.TryPeek(out var missing))
            throw new InvalidOperationException($"{_stream.Name}: {missing} was not written.");
        _stream.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.AppendData(bytes);
    }
}
