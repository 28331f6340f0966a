using System.Globalization;
using System.Security.Cryptography;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>Writes the documents of one split, beginning another shard file when one is full.</summary>
internal sealed class SplitWriter(string directory, DataSplit split, Tokenizer tokenizer, long tokensPerShard) : IDisposable
{
    private readonly List<ManifestShard> _complete = [];
    private readonly string _hash = tokenizer.Hash;
    private readonly int _vocabularySize = tokenizer.VocabularySize;
    private ShardWriter? _shard;
    private int[] _ids = new int[1 << 12];
    private long _documents;

    /// <summary>Writes begin-of-text, the tokens, end-of-text.</summary>
    public void Append(EncodedDocument document)
    {
        var length = document.Ids.Length + 2;
        if (_shard is { } full && full.Count + length > tokensPerShard) Close(full);
        _shard ??= new(Path.Combine(directory, FileName(_complete.Count)), split, _hash, _vocabularySize);

        RefuseSpecialTokens(document);
        if (_ids.Length < length) _ids = new int[2 * length];
        _ids[0] = SpecialTokens.BeginOfText;
        document.Ids.CopyTo(_ids, 1);
        _ids[length - 1] = SpecialTokens.EndOfText;
        _shard.Append(_ids.AsSpan(0, length));
        _documents++;
    }

    /// <summary>Completes the last file and describes all.</summary>
    public IReadOnlyList<ManifestShard> Complete()
    {
        if (_shard is { } last) Close(last);
        return _complete;
    }

    public void Dispose() => _shard?.Dispose();

    private string FileName(int index) => string.Create(CultureInfo.InvariantCulture,
        $"{(split == DataSplit.Train ? "train" : "validation")}-{index:D5}.tokens");

    private void Close(ShardWriter shard)
    {
        shard.Complete();
        shard.Dispose();
        _shard = null;
        // The digest is taken of the file, not of what was meant to be written.
        using var written = new FileStream(shard.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        _complete.Add(new(Path.GetFileName(shard.Path), split, shard.Count, _documents, Convert.ToHexStringLower(SHA256.HashData(written))));
        _documents = 0;
    }

    // A marker inside a document would begin or end it in the middle.
    private static void RefuseSpecialTokens(EncodedDocument encoded)
    {
        var special = encoded.Ids.AsSpan().IndexOfAnyInRange(0, SpecialTokens.Count - 1);
        if (special >= 0)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{encoded.Document.File}, line {encoded.Document.Line}: the tokenizer gives special token {encoded.Ids[special]} ")
                + $"({SpecialTokens.Names[encoded.Ids[special]]}) inside a document. Only the preparation writes special tokens; "
                + "use a tokenizer that encodes their names as ordinary text.");
    }
}
