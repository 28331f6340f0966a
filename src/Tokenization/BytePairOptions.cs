namespace TurkishLlm.Tokenization;

/// <summary>How to learn from files of any size.</summary>
/// <param name="VocabularySize">Ids to make, special tokens and bytes among them.</param>
/// <param name="CountsFolder">
/// Keeps what was counted, one file for each text file, so that a training that was stopped goes on where it was.
/// </param>
public sealed record BytePairOptions(int VocabularySize, string CountsFolder)
{
    /// <summary>Four million: a vocabulary is learned in 2 GB.</summary>
    public const int DefaultMaxPreTokens = 4 << 20;

    /// <summary>Threads that count. The tokenizer does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Different pieces that a thread holds, at about 100 bytes each, before it writes them to disk.</summary>
    public int PreTokensPerThread { get; init; } = 1 << 20;

    /// <summary>
    /// Different pieces to learn from, at about 400 bytes each. Where the text has more, the rarest are left out: all that
    /// occur fewer than n times in the whole text, with the least n that suffices.
    /// </summary>
    public int MaxPreTokens { get; init; } = DefaultMaxPreTokens;
}
