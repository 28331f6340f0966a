using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>Writes the documents of one split and starts a new shard file when one is full.</summary>
internal sealed class SplitWriter(string directory, DataSplit split, Tokenizer tokenizer, long tokensPerShard) : IDisposable
{
    private readonly List<ManifestShard> _complete = [];
    private readonly string _hash = tokenizer.Hash;
    private readonly int _vocabularySize = tokenizer.VocabularySize;
    private ShardWriter? _shard;
    private int[] _ids = new int[1 << 12];
    private long _documents;

    /// <summary>Writes begin-of-text, the tokens and end-of-text.</summary>
    public void Append(ReadOnlySpan<ushort> tokens)
    {
        var length = tokens.Length + 2;
        if (_shard is { } full && full.Count + length > tokensPerShard) Close(full);
        _shard ??= new(Path.Combine(directory, GetFileName(_complete.Count)), split, _hash, _vocabularySize);

        if (_ids.Length < length) _ids = new int[2 * length];
        _ids[0] = SpecialTokens.BeginOfText;
        for (var i = 0; i < tokens.Length; i++) _ids[i + 1] = tokens[i];
        _ids[length - 1] = SpecialTokens.EndOfText;
        _shard.Append(_ids.AsSpan(0, length));
        _documents++;
    }

    /// <summary>Completes the last file and returns the entries of all files.</summary>
    public IReadOnlyList<ManifestShard> Complete()
    {
        if (_shard is { } last) Close(last);
        return _complete;
    }

    public void Dispose() => _shard?.Dispose();

    private string GetFileName(int index) => string.Create(CultureInfo.InvariantCulture,
        $"{(split == DataSplit.Train ? "train" : "validation")}-{index:D5}.tokens");

    private void Close(ShardWriter shard)
    {
        shard.Complete();
        shard.Dispose();
        _shard = null;
        // The digest is computed from the file on disk, not from the tokens in memory.
        _complete.Add(new(Path.GetFileName(shard.Path), split, shard.Count, _documents, FileDigest.Compute(shard.Path)));
        _documents = 0;
    }
}
