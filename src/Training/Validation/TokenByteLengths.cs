using TurkishLlm.Tokenization;

namespace TurkishLlm.Training.Validation;

/// <summary>Byte lengths of tokens. Special tokens have length 0: they are not in the text.</summary>
/// <remarks>
/// Bytes of UTF-8. Tokens may hold parts of a character; the sum of their lengths is that of the text. Spec: EVL-05.
/// </remarks>
public sealed class TokenByteLengths
{
    private readonly int[] _lengths;

    /// <param name="tokenizer">The tokenizer.</param>
    public TokenByteLengths(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _lengths =
        [
            .. Enumerable
                .Range(0, tokenizer.VocabularySize)
                .Select(id => id < VocabularyLayout.FirstByte ? 0 : tokenizer.GetBytes(id).Length),
        ];
    }

    /// <summary>Sums the byte lengths of targets; ignored targets, which are negative, have length 0.</summary>
    /// <exception cref="IndexOutOfRangeException">A target is not in the vocabulary.</exception>
    public long CountBytes(ReadOnlySpan<long> targets)
    {
        var bytes = 0L;
        foreach (var id in targets)
            if (id >= 0) bytes += _lengths[id];
        return bytes;
    }
}
