using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>A tokenizer of this project or of another one, as the base class of Microsoft.ML.Tokenizers.</summary>
/// <param name="Encoder">Encodes and decodes. Adds no token for the beginning or end of a text.</param>
/// <param name="Format">What it is, such as <c>byte-level BPE</c> or <c>SentencePiece Unigram</c>.</param>
/// <param name="VocabularySize">Number of ids.</param>
public sealed record LoadedTokenizer(ML.Tokenizer Encoder, string Format, int VocabularySize)
{
    /// <summary>The tokenizer of this project, or null if it is another one.</summary>
    public Tokenizer? Own => (Encoder as MLTokenizer)?.Tokenizer;

    /// <summary>Name of the split rule; "–" if the tokenizer is of another project.</summary>
    public string SplitRuleName => Own?.Split.Name ?? "–";

    /// <summary>Returns a tokenizer of this project as a loaded one.</summary>
    public static LoadedTokenizer Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new(tokenizer.AsMLTokenizer(), "byte-level BPE", tokenizer.VocabularySize);
    }
}
