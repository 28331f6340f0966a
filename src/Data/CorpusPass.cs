using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>One reading of a corpus from the first file to the last, writing its shards.</summary>
internal sealed class CorpusPass : IDisposable
{
    private readonly CorpusOptions _options;
    private readonly SplitRule _rule;
    private readonly IProgress<CorpusProgress>? _progress;
    private readonly DocumentEncoder _encoder;
    private readonly Dictionary<DataSplit, SplitWriter> _writers;
    private readonly HashSet<UInt128> _seen = [];
    private readonly List<ManifestSource> _sources = [];
    private long _read, _tokens, _tooFewCharacters, _duplicates, _tooFewTokens;

    public CorpusPass(Tokenizer tokenizer, CorpusOptions options, SplitRule rule, string directory, IProgress<CorpusProgress>? progress)
    {
        (_options, _rule, _progress) = (options, rule, progress);
        _encoder = new(tokenizer, options);
        _writers = Enum.GetValues<DataSplit>().ToDictionary(
            split => split, split => new SplitWriter(directory, split, tokenizer, options.TokensPerShard));
    }

    /// <summary>Documents written.</summary>
    public long Kept { get; private set; }

    /// <summary>Smallest hash of the documents written.</summary>
    public UInt128 SmallestHash { get; private set; } = UInt128.MaxValue;

    /// <summary>Largest hash of the documents written.</summary>
    public UInt128 LargestHash { get; private set; } = UInt128.MinValue;

    /// <summary>Documents left out, by reason.</summary>
    public ManifestLeftOut LeftOut => new(_tooFewCharacters, _duplicates, _tooFewTokens);

    /// <summary>The files read.</summary>
    public IReadOnlyList<ManifestSource> Sources => _sources;

    /// <summary>The shard files written.</summary>
    public IReadOnlyList<ManifestShard> Shards { get; private set; } = [];

    public void Run(IReadOnlyList<CorpusFile> files, CancellationToken cancel)
    {
        var total = files.Sum(file => file.Bytes);
        var before = 0L;
        foreach (var file in files)
        {
            using var reader = new TextFileReader(file);
            while (reader.Next() is { } document)
            {
                _encoder.Add(document);
                if (_encoder.IsFull) Write(before + reader.Position, total, cancel);
            }
            _sources.Add(reader.Describe());
            before += reader.Position;
        }
        Write(before, total, cancel);
        Shards = [.. _writers.OrderBy(writer => writer.Key).SelectMany(writer => writer.Value.Complete())];
    }

    public void Dispose()
    {
        // On a full disk closing one file throws too; the other is closed all the same.
        using var train = _writers[DataSplit.Train];
        using var validation = _writers[DataSplit.Validation];
    }

    private void Write(long bytes, long totalBytes, CancellationToken cancel)
    {
        foreach (var document in _encoder.Take(cancel))
        {
            _read++;
            if (document.Document.Text.Length < _options.MinimumCharacters) _tooFewCharacters++;
            else if (!_seen.Add(document.Hash)) _duplicates++;
            else if (document.Ids.Length < _options.MinimumTokens) _tooFewTokens++;
            else Keep(document);
        }
        _progress?.Report(new(bytes, totalBytes, _read, _tokens));
    }

    private void Keep(EncodedDocument document)
    {
        _writers[_rule.Of(document.Hash)].Append(document);
        SmallestHash = UInt128.Min(SmallestHash, document.Hash);
        LargestHash = UInt128.Max(LargestHash, document.Hash);
        _tokens += document.Ids.Length + 2;
        Kept++;
    }
}
