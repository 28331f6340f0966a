using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// The manifest of a directory of shards: contents and origin. It is written last, so a directory that has one is complete. Equal
/// text, tokenizer and options give equal bytes.
/// </summary>
/// <param name="FormatVersion">Version of the file format.</param>
/// <param name="CreatedBy">Program and version that wrote the file.</param>
/// <param name="TokenizerHash">SHA-256 of the tokenizer, 64 lower-case hexadecimal digits.</param>
/// <param name="VocabularySize">Number of ids of the tokenizer; every id in the shards is smaller.</param>
/// <param name="Options">How the corpus was filtered and split.</param>
/// <param name="Evaluations">The evaluation files with excluded texts, in ordinal order of their names.</param>
/// <param name="Sources">The sources of the corpus in reading order: documents read, excluded with reasons, and kept.</param>
/// <param name="ValidationOverlap">Overlap of the validation split with the training split.</param>
/// <param name="Shards">The shard files; within a split in the order of their tokens.</param>
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

    /// <summary>The version that this program reads and writes.</summary>
    public const int CurrentFormatVersion = 3;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Returns the documents and bytes read from all sources.</summary>
    public Tally Read() => Sources.Aggregate(default(Tally), (sum, source) => sum + source.Read);

    /// <summary>Returns the documents and bytes excluded from all sources for one reason.</summary>
    public Tally GetExcluded(ExclusionReason reason) => Sources.SelectMany(source => source.Excluded)
        .Where(left => left.Reason == reason)
        .Aggregate(default(Tally), (sum, left) => sum + new Tally(left.Documents, left.Bytes));

    /// <summary>Returns the number of tokens of a split, including begin and end of each document.</summary>
    public long CountTokens(DataSplit split) => GetShards(split).Sum(shard => shard.Tokens);

    /// <summary>Returns the number of documents of a split; documents repeated by a weight count each time.</summary>
    public long CountDocuments(DataSplit split) => GetShards(split).Sum(shard => shard.Documents);

    /// <summary>Returns the shard files of a split, in the order of their tokens.</summary>
    public IEnumerable<ManifestShard> GetShards(DataSplit split) => Shards.Where(shard => shard.Split == split);

    /// <summary>Returns the directory of shards that a path means: that of its manifest or of one of its shards.</summary>
    public static string ResolveDirectory(string path)
    {
        var directory = FolderPath.Resolve(path, FileName);
        return path.EndsWith(".tokens", StringComparison.Ordinal) && File.Exists(path)
            && (Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".") is var of
            && File.Exists(Path.Combine(of, FileName)) ? of : directory;
    }

    /// <summary>Reads the manifest of a directory of shards.</summary>
    /// <exception cref="FileNotFoundException">The directory has no manifest.</exception>
    /// <exception cref="InvalidDataException">A member is unknown, missing or invalid.</exception>
    public static ShardManifest Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"{directory} has no {FileName}, so it is not a complete directory of shards. "
                    + $"{FolderPath.DescribeContent(directory)} {ShardHeader.RecoveryHint}", path);
        try
        {
            var manifest = StrictJson.DeserializeFile<ShardManifest>(path, Json);
            manifest.Validate(path);
            return manifest;
        }
        catch (InvalidDataException error) when (error.InnerException is JsonException)
        {
            throw new InvalidDataException(
                $"{path} is not a manifest of shards: {error.Message} {ShardHeader.RecoveryHint}", error);
        }
    }

    /// <summary>Writes the manifest to a directory and flushes it to disk.</summary>
    public void Write(string directory)
    {
        using var stream = new FileStream(Path.Combine(directory, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(stream, this, Json);
        stream.Write("\n"u8);
        stream.Flush(flushToDisk: true);
    }

    private void Validate(string path)
    {
        Require(
            FormatVersion == CurrentFormatVersion,
            $"format_version is {FormatVersion}; this program reads {CurrentFormatVersion}.");
        Require(
            IsDigest(TokenizerHash), $"tokenizer_hash is \"{TokenizerHash}\"; a SHA-256 is 64 lower-case hexadecimal digits.");
        Require(VocabularySize is >= 1 and <= ShardHeader.IdLimit,
            $"vocabulary_size is {VocabularySize}; it must be 1 to {ShardHeader.IdLimit}.");
        foreach (var shard in Shards)
        {
            Require(shard.File.Length > 0 && Path.GetFileName(shard.File) == shard.File,
                $"shard file \"{shard.File}\" is not a plain file name.");
            Require(
                IsDigest(shard.Sha256),
                $"sha256 of {shard.File} is \"{shard.Sha256}\"; a SHA-256 is 64 lower-case hexadecimal digits.");
            Require(shard.Tokens > 0 && shard.Documents > 0,
                $"{shard.File} has {shard.Tokens} tokens in {shard.Documents} documents; both must be above 0.");
        }
        Require(Shards.DistinctBy(shard => shard.File).Count() == Shards.Count, $"a shard file is listed twice.");
        foreach (var split in Enum.GetValues<DataSplit>())
            Require(GetShards(split).Any(), $"it lists no {split} shard; both splits are required.");

        void Require(bool holds, FormattableString otherwise)
        {
            if (!holds)
                throw new InvalidDataException(
                    $"{path}: {otherwise.ToString(CultureInfo.InvariantCulture)} {ShardHeader.RecoveryHint}");
        }

        static bool IsDigest(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
    }
}

/// <summary>A shard file.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Split">The purpose of the shard.</param>
/// <param name="Tokens">Number of tokens, including begin and end of each document.</param>
/// <param name="Documents">Number of documents; none spans two files.</param>
/// <param name="Sha256">SHA-256 of the whole file, 64 lower-case hexadecimal digits.</param>
public sealed record ManifestShard(string File, DataSplit Split, long Tokens, long Documents, string Sha256);
