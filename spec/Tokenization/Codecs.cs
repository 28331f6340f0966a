using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Creates codecs of tokenizers.</summary>
public static class Codecs
{
    /// <summary>Creates the codec of a tokenizer.</summary>
    public static TextCodec Of(Tokenizer tokenizer) => new(tokenizer.EncodeToIds, tokenizer.Decode);
}
