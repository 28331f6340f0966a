using System.Globalization;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Spec.Data;

/// <summary>A temporary directory for shards with known ids, deleted on disposal.</summary>
internal sealed class TemporaryShards : IDisposable
{
    /// <summary>Replaces the tokenizer hash of shards with arbitrary ids.</summary>
    public static readonly string PlaceholderTokenizerHash = new('0', 64);

    private int _files;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("turkishllm-spec-").FullName;

    public string this[string name] => Path.Combine(Directory, name);

    /// <summary>Writes a shard file through the real writer.</summary>
    public string Write(ReadOnlySpan<int> ids, int vocabularySize = ShardHeader.IdLimit)
    {
        var path = this[string.Create(CultureInfo.InvariantCulture, $"{_files++}.tokens")];
        using var writer = new ShardWriter(path, DataSplit.Train, PlaceholderTokenizerHash, vocabularySize);
        writer.Append(ids);
        writer.Complete();
        return path;
    }

    /// <summary>Writes a shard in which every id is its own position, so that the output shows where it was read.</summary>
    /// <param name="count">Number of tokens, at most 65,536.</param>
    /// <param name="files">Number of files.</param>
    public TokenShard WriteSequentialIds(int count, int files = 1)
    {
        var ids = Enumerable.Range(0, count).ToArray();
        return TokenShard.Open([.. Enumerable.Range(0, files)
            .Select(file => Write(ids.AsSpan((count * file / files)..(count * (file + 1) / files))))]);
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
