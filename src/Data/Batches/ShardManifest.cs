using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// What a directory of shards holds and what it was made from. Written last, so a directory that has one is complete.
/// The same text, tokenizer and options give the same bytes.
/// </summary>
/// <param name="FormatVersion">Version of this file.</param>
/// <param name="CreatedBy">Program and version that wrote it.</param>
/// <param name="TokenizerHash">SHA-256 of the tokenizer, 64 lower-case hexadecimal digits.</param>
/// <param name="VocabularySize">Number of ids of the tokenizer; every id in the shards is smaller.</param>
/// <param name="Options">How the corpus was filtered and divided.</param>
/// <param name="Evaluations">The evaluation files whose text was kept out, in ordinal order of their names.</param>
/// <param name="Sources">The parts of the corpus in reading order: what came in, what was left out and why, what came out.</param>
/// <param name="ValidationOverlap">How much of validation was found in training.</param>
/// <param name="Shards">The shard files; those of one split in the order of their tokens.</param>
public sealed record ShardManifest(
    int FormatVersion,
    string CreatedBy,
    string TokenizerHash,
    int VocabularySize,
    ManifestOptions Options,
    IReadOnlyList<ManifestEvaluation> Evaluations,
    IReadOnlyList<ManifestSource> Sources,
    ManifestOverlap ValidationOverlap,
    IReadOnlyList<ManifestShard> Shards)
{
    /// <summary>Name of the file in a directory of shards.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The version this program reads and writes.</summary>
    public const int CurrentFormatVersion = 2;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Documents and bytes read from all sources.</summary>
    public Tally Read() => Sources.Aggregate(default(Tally), (sum, source) => sum + source.Read);

    /// <summary>Documents and bytes left out of all sources for one reason.</summary>
    public Tally GetExcluded(ExclusionReason reason) => Sources.SelectMany(source => source.Excluded)
        .Where(left => left.Reason == reason).Aggregate(default(Tally), (sum, left) => sum + new Tally(left.Documents, left.Bytes));

    /// <summary>Tokens of a split, begin and end of documents included.</summary>
    public long CountTokens(DataSplit split) => GetShards(split).Sum(shard => shard.Tokens);

    /// <summary>Documents of a split, those that a weight repeats as often as they are repeated.</summary>
    public long CountDocuments(DataSplit split) => GetShards(split).Sum(shard => shard.Documents);

    /// <summary>Shard files of a split, in the order of their tokens.</summary>
    public IEnumerable<ManifestShard> GetShards(DataSplit split) => Shards.Where(shard => shard.Split == split);

    /// <summary>Reads the manifest of a directory of shards.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A member is unknown, missing or wrong.</exception>
    public static ShardManifest Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"{directory} has no {FileName}, so it is not a complete directory of shards. {ShardHeader.RecoveryHint}", path);
        try
        {
            using var stream = File.OpenRead(path);
            var manifest = JsonSerializer.Deserialize<ShardManifest>(stream, Json)
                ?? throw new JsonException("It is null.");
            manifest.Validate(path);
            return manifest;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is not a manifest of shards: {error.Message} {ShardHeader.RecoveryHint}", error);
        }
    }

    /// <summary>Writes the manifest into a directory and waits until it is on the disk.</summary>
    internal void Write(string directory)
    {
        using var stream = new FileStream(Path.Combine(directory, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(stream, this, Json);
        stream.Write("\n"u8);
        stream.Flush(flushToDisk: true);
    }

    private void Validate(string path)
    {
        Require(FormatVersion == CurrentFormatVersion, $"format_version is {FormatVersion}; this program reads {CurrentFormatVersion}.");
        Require(IsDigest(TokenizerHash), $"tokenizer_hash is \"{TokenizerHash}\"; a SHA-256 is 64 lower-case hexadecimal digits.");
        Require(VocabularySize is >= 1 and <= ShardHeader.IdLimit,
            $"vocabulary_size is {VocabularySize}; it must be 1 to {ShardHeader.IdLimit}.");
        foreach (var shard in Shards)
        {
            Require(shard.File.Length > 0 && Path.GetFileName(shard.File) == shard.File,
                $"shard file \"{shard.File}\" is not a plain file name.");
            Require(IsDigest(shard.Sha256), $"sha256 of {shard.File} is \"{shard.Sha256}\"; a SHA-256 is 64 lower-case hexadecimal digits.");
            Require(shard.Tokens > 0 && shard.Documents > 0,
                $"{shard.File} has {shard.Tokens} tokens in {shard.Documents} documents; both must be above 0.");
        }
        Require(Shards.DistinctBy(shard => shard.File).Count() == Shards.Count, $"a shard file is listed twice.");
        foreach (var split in Enum.GetValues<DataSplit>())
            Require(GetShards(split).Any(), $"it lists no {split} shard; both splits must be there.");

        void Require(bool holds, FormattableString otherwise)
        {
            if (!holds)
                throw new InvalidDataException($"{path}: {otherwise.ToString(CultureInfo.InvariantCulture)} {ShardHeader.RecoveryHint}");
        }

        static bool IsDigest(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
    }
}

/// <summary>A shard file.</summary>
/// <param name="File">Its name.</param>
/// <param name="Split">What it is for.</param>
/// <param name="Tokens">Tokens in it, begin and end of documents included.</param>
/// <param name="Documents">Documents in it; none is spread over two files.</param>
/// <param name="Sha256">SHA-256 of the whole file, 64 lower-case hexadecimal digits.</param>
public sealed record ManifestShard(string File, DataSplit Split, long Tokens, long Documents, string Sha256);
