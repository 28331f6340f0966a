using System.Globalization;

namespace TurkishLlm.Data.Batches;

/// <summary>The tokens of one split as one sequence, independent of the number of shard files. Thread-safe.</summary>
/// <remarks>Spec: P48, DAT-02, DAT-03, DAT-09, DAT-45.</remarks>
public sealed class TokenShard : IDisposable
{
    private readonly ShardFile[] _files;
    private readonly long[] _starts;

    private TokenShard(ShardFile[] files)
    {
        _files = files;
        _starts = new long[files.Length];
        for (var i = 0; i < files.Length; i++)
        {
            _starts[i] = Count;
            Count += files[i].Header.Count;
        }
    }

    /// <summary>Opens shard files in the order of their tokens.</summary>
    /// <param name="paths">The files; all of the same split and tokenizer.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is not a shard, has another version or width, is truncated, or has another split or tokenizer than the others.
    /// </exception>
    public static TokenShard Open(params IReadOnlyList<string> paths)
    {
        if (paths.Count == 0) throw new ArgumentException("Give at least one shard file.", nameof(paths));
        List<ShardFile> files = [];
        try
        {
            foreach (var path in paths)
            {
                if (!File.Exists(path))
                    throw new FileNotFoundException($"The shard {path} does not exist. {ShardHeader.RecoveryHint}", path);
                files.Add(new(path));
                RefuseMismatch(files[0], files[^1]);
            }
            return new([.. files]);
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }

    /// <summary>Number of tokens.</summary>
    public long Count { get; }

    /// <summary>The purpose of the tokens.</summary>
    public DataSplit Split => _files[0].Header.Split;

    /// <summary>SHA-256 of the tokenizer that produced the tokens, 64 lower-case hexadecimal digits.</summary>
    public string TokenizerHash => _files[0].Header.TokenizerHash;

    /// <summary>The files, in the order of their tokens.</summary>
    public IReadOnlyList<string> Paths => [.. _files.Select(file => file.Path)];

    /// <summary>The headers of the files, in the same order.</summary>
    public IReadOnlyList<ShardHeader> Headers => [.. _files.Select(file => file.Header)];

    /// <summary>Copies consecutive tokens, across file boundaries if necessary.</summary>
    /// <param name="position">Position of the first token, 0 … Count − length.</param>
    /// <param name="destination">Receives the tokens; filled completely.</param>
    /// <exception cref="ArgumentOutOfRangeException">Some of the tokens are out of range.</exception>
    public void Read(long position, Span<ushort> destination)
    {
        if (position < 0 || position > Count - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(position), string.Create(CultureInfo.InvariantCulture,
                $"Tokens {position} to {position + destination.Length - 1} are out of range; the shard has "
                    + $"the tokens 0 to {Count - 1}."));

        var file = Array.BinarySearch(_starts, position);
        if (file < 0) file = ~file - 1;
        for (; !destination.IsEmpty; file++)
        {
            var inFile = position - _starts[file];
            var length = (int)Math.Min(destination.Length, _files[file].Header.Count - inFile);
            _files[file].Read(inFile, destination[..length]);
            destination = destination[length..];
            position += length;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    /// <summary>The files as they are open, in the order of their tokens.</summary>
    internal IReadOnlyList<ShardFile> Files => _files;

    private static void RefuseMismatch(ShardFile first, ShardFile file)
    {
        if (file.Header.Split != first.Header.Split)
            throw new InvalidDataException(
                $"{file.Path} is a {file.Header.Split} shard, but {first.Path} is a {first.Header.Split} "
                    + "shard: all files must be of one split. "
                + ShardHeader.RecoveryHint);
        if (file.Header.TokenizerHash != first.Header.TokenizerHash)
            throw new InvalidDataException(
                $"{file.Path} was created with tokenizer {file.Header.TokenizerHash}, "
                + $"{first.Path} with {first.Header.TokenizerHash}. {ShardHeader.RecoveryHint}");
    }
}
