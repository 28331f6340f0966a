using System.Text.Json.Serialization;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Batches;

/// <summary>A number of documents and the size of their text.</summary>
/// <param name="Documents">Number of documents.</param>
/// <param name="Bytes">Bytes of UTF-8, without the blank lines between documents.</param>
public readonly record struct Tally(long Documents, long Bytes)
{
    /// <summary>Adds both numbers.</summary>
    public static Tally operator +(Tally a, Tally b) => new(a.Documents + b.Documents, a.Bytes + b.Bytes);

    /// <summary>Subtracts both numbers.</summary>
    public static Tally operator -(Tally a, Tally b) => new(a.Documents - b.Documents, a.Bytes - b.Bytes);
}

/// <summary>The options of <see cref="CorpusOptions"/> that affect the contents of the shards.</summary>
/// <param name="ValidationShare">Expected fraction of documents for validation.</param>
/// <param name="MinimumCharacters">Minimum number of characters of a document.</param>
/// <param name="MinimumTokens">Minimum number of tokens of a document.</param>
/// <param name="MinimumTurkish">Minimum Turkish score of a document; null accepts every language.</param>
/// <param name="NearDuplicateSimilarity">Similarity from which the later of two documents is excluded; null keeps all.</param>
/// <param name="OverlapWords">Length of the word n-grams by which overlapping text is detected.</param>
/// <param name="ValidationOverlap">Fraction of n-grams found in training from which a validation document is excluded.</param>
/// <param name="InvalidText">How documents that are not valid UTF-8, and rows without text, are handled.</param>
/// <param name="Seed">Seed of the hash that selects documents for caps and weights.</param>
/// <param name="TokensPerShard">Maximum number of tokens per shard.</param>
/// <param name="KeepDuplicates">True if documents that equal an earlier one were kept.</param>
/// <param name="PersonalData">How personal data was handled; null if it was not searched.</param>
/// <param name="FindIpAddresses">True if IPv4 addresses count as personal data; null if not.</param>
public sealed record ManifestOptions(
    double ValidationShare, int MinimumCharacters, int MinimumTokens, double? MinimumTurkish, double? NearDuplicateSimilarity,
    int OverlapWords, double ValidationOverlap, InvalidText InvalidText, long Seed, long TokensPerShard,
    bool KeepDuplicates = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PersonalDataAction? PersonalData = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? FindIpAddresses = null);

/// <summary>A source of the corpus.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="Domain">Topic of the source.</param>
/// <param name="Weight">Number of times its training documents are written.</param>
/// <param name="CapBytes">Maximum number of bytes kept; null for no limit.</param>
/// <param name="Files">Its text files, in reading order.</param>
/// <param name="Read">All documents read.</param>
/// <param name="Excluded">Excluded documents by reason; reasons without documents are not listed.</param>
/// <param name="Train">Distinct training documents.</param>
/// <param name="TrainTokens">Their tokens, including begin and end of each document, repeated according to the weight.</param>
/// <param name="Validation">Validation documents.</param>
/// <param name="ValidationTokens">Their tokens.</param>
/// <param name="TextField">Name of the field of rows that has the text; null for the usual names.</param>
/// <param name="PersonalData">Findings by kind, in all documents read; null if personal data was not searched.</param>
public sealed record ManifestSource(
    string Name, string Domain, double Weight, long? CapBytes, IReadOnlyList<ManifestFile> Files,
    Tally Read,
    IReadOnlyList<ManifestExclusion> Excluded, Tally Train, long TrainTokens, Tally Validation, long ValidationTokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TextField = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<ManifestPersonalData>? PersonalData = null);

/// <summary>A file of the corpus.</summary>
/// <param name="File">Path within its source, with forward slashes.</param>
/// <param name="Bytes">Size in bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="Documents">Number of documents read, kept or not.</param>
/// <param name="FirstInvalidByte">
/// Offset of the first byte that is not valid UTF-8, or of the first row without text, or null.
/// </param>
/// <param name="Rows">What has the rows that were read as documents: JSON or Parquet; null for text.</param>
public sealed record ManifestFile(
    string File, long Bytes, string Sha256, long Documents, long? FirstInvalidByte,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileKind? Rows = null);

/// <summary>Documents excluded for one reason.</summary>
/// <param name="Reason">The first reason that applied.</param>
/// <param name="Documents">Number of documents.</param>
/// <param name="Bytes">Bytes of their text.</param>
public sealed record ManifestExclusion(ExclusionReason Reason, long Documents, long Bytes);

/// <summary>Findings of one kind of personal data.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Count">Number of findings.</param>
public sealed record ManifestPersonalData(PersonalDataKind Kind, long Count);

/// <summary>An evaluation file. Its texts are excluded from the corpus.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="Texts">Number of texts in the file.</param>
/// <param name="ShortTexts">Number of texts that are shorter than one n-gram and cannot be detected in other text.</param>
/// <param name="Excluded">Number of documents excluded because they overlap with the file.</param>
public sealed record ManifestEvaluation(string File, string Sha256, long Texts, long ShortTexts, long Excluded);

/// <summary>Overlap of the validation split with the training split.</summary>
/// <param name="Documents">Number of validation documents checked.</param>
/// <param name="Overlapping">Number of those that share an n-gram with a training document.</param>
/// <param name="Excluded">Number of those excluded because they share too many n-grams.</param>
public sealed record ManifestOverlap(long Documents, long Overlapping, long Excluded);
