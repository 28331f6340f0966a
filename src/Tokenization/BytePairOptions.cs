namespace TurkishLlm.Tokenization;

/// <summary>Options for training a tokenizer on files of any size.</summary>
/// <param name="VocabularySize">Total number of ids, including special tokens and bytes.</param>
/// <param name="CountsFolder">
/// Folder that caches the counts, one file per text file, so that an interrupted training resumes with the files not counted yet.
/// </param>
public sealed record BytePairOptions(int VocabularySize, string CountsFolder)
{
    /// <summary>Default of <see cref="MaxPreTokens"/>: 4 Mi pre-tokens, about 2 GB of memory.</summary>
    public const int DefaultMaxPreTokens = 4 << 20;

    /// <summary>The rule by which text is split before merges are learned; the tokenizer keeps it.</summary>
    public SplitRule Split { get; init; } = SplitRule.Turkish;

    /// <summary>Number of counting threads. It does not affect the resulting tokenizer.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Distinct pre-tokens that a thread holds in memory (about 100 bytes each) before it spills them to disk.</summary>
    public int PreTokensPerThread { get; init; } = 1 << 20;

    /// <summary>
    /// Maximum number of distinct pre-tokens to train on, at about 400 bytes each. If the text has more, all pre-tokens below a
    /// minimum frequency are skipped; the minimum is the smallest that satisfies the limit.
    /// </summary>
    public int MaxPreTokens { get; init; } = DefaultMaxPreTokens;
}
