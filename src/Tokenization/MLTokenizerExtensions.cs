namespace TurkishLlm.Tokenization;

/// <summary>Converts tokenizers to the base class of Microsoft.ML.Tokenizers.</summary>
public static class MLTokenizerExtensions
{
    /// <summary>Returns a tokenizer as the base class of Microsoft.ML.Tokenizers, with the same ids.</summary>
    public static MLTokenizer AsMLTokenizer(this Tokenizer tokenizer) => new(tokenizer);
}
