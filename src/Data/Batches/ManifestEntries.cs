using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Data.Batches;

/// <summary>A number of documents and the bytes of their text.</summary>
/// <param name="Documents">Documents.</param>
/// <param name="Bytes">Bytes of UTF-8, without the blank lines between documents.</param>
public readonly record struct Tally(long Documents, long Bytes)
{
    /// <summary>Both sums.</summary>
    public static Tally operator +(Tally a, Tally b) => new(a.Documents + b.Documents, a.Bytes + b.Bytes);

    /// <summary>Both differences.</summary>
    public static Tally operator -(Tally a, Tally b) => new(a.Documents - b.Documents, a.Bytes - b.Bytes);
}

/// <summary>The options that decide what the shards hold, as in <see cref="CorpusOptions"/>.</summary>
/// <param name="ValidationShare">Expected share of documents for validation.</param>
/// <param name="MinimumCharacters">Fewest characters of a document.</param>
/// <param name="MinimumTokens">Fewest tokens of a document.</param>
/// <param name="MinimumTurkish">Lowest Turkish score of a document; null for every language.</param>
/// <param name="NearDuplicateSimilarity">Similarity from which a later document is left out; null keeps all.</param>
/// <param name="OverlapWords">Words of a run by which text is recognised elsewhere.</param>
/// <param name="ValidationOverlap">Share of runs in training from which a validation document is left out.</param>
/// <param name="InvalidText">What became of documents that are not UTF-8.</param>
/// <param name="Seed">Decides what caps and weights keep.</param>
/// <param name="TokensPerShard">Tokens after which a new shard begins.</param>
public sealed record ManifestOptions(
    double ValidationShare, int MinimumCharacters, int MinimumTokens, double? MinimumTurkish, double? NearDuplicateSimilarity,
    int OverlapWords, double ValidationOverlap, InvalidText InvalidText, long Seed, long TokensPerShard);

/// <summary>A part of the corpus.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Domain">What it is about.</param>
/// <param name="Weight">How often its training documents are written.</param>
/// <param name="CapBytes">Most bytes kept; null for all.</param>
/// <param name="Files">Its text files, in reading order.</param>
/// <param name="Read">What came in.</param>
/// <param name="Excluded">What was left out, by reason; reasons that did not apply are not listed.</param>
/// <param name="Train">Different documents to learn from.</param>
/// <param name="TrainTokens">Their tokens, repeated as the weight says, begin and end of documents included.</param>
/// <param name="Validation">Documents for validation.</param>
/// <param name="ValidationTokens">Their tokens.</param>
public sealed record ManifestSource(
    string Name, string Domain, double Weight, long? CapBytes, IReadOnlyList<ManifestFile> Files,
    Tally Read, IReadOnlyList<ManifestExclusion> Excluded, Tally Train, long TrainTokens, Tally Validation, long ValidationTokens);

/// <summary>A text file of the corpus.</summary>
/// <param name="File">Its path inside its source, with forward slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="Documents">Documents read from it, kept or not.</param>
/// <param name="FirstInvalidByte">Offset of the first byte that is not UTF-8; null when all are.</param>
public sealed record ManifestFile(string File, long Bytes, string Sha256, long Documents, long? FirstInvalidByte);

/// <summary>Documents left out for one reason.</summary>
/// <param name="Reason">The first that applied.</param>
/// <param name="Documents">Documents.</param>
/// <param name="Bytes">Bytes of their text.</param>
public sealed record ManifestExclusion(ExclusionReason Reason, long Documents, long Bytes);

/// <summary>An evaluation file whose text was kept out of the corpus.</summary>
/// <param name="File">Its name.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="Texts">Texts in it.</param>
/// <param name="ShortTexts">Those too short to hold one run of words: they cannot be recognised in other text.</param>
/// <param name="Excluded">Documents left out because of it.</param>
public sealed record ManifestEvaluation(string File, string Sha256, long Texts, long ShortTexts, long Excluded);

/// <summary>What was found of validation in training.</summary>
/// <param name="Documents">Validation documents looked at.</param>
/// <param name="Overlapping">Those that share a run of words with a training document.</param>
/// <param name="Excluded">Those left out, because they share too many.</param>
public sealed record ManifestOverlap(long Documents, long Overlapping, long Excluded);
