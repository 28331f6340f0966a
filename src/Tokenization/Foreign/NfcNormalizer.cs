using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Unicode normalization form C as a normalizer of Microsoft.ML.Tokenizers.</summary>
internal sealed class NfcNormalizer : ML.Normalizer
{
    public override string Normalize(string original) => TextNormalizer.ToNfc(original);

    public override string Normalize(ReadOnlySpan<char> original) => TextNormalizer.ToNfc(original.ToString());
}
