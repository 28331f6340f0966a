using TurkishLlm.Tokenization;

namespace TurkishLlm.Training.Validation;

/// <summary>How many bytes of text tokens stand for. Special tokens stand for none: they are not in the text.</summary>
/// <remarks>Bytes of UTF-8, which tokens may share a character's of: their sum is that of the text. Spec: EVL-05.</remarks>
public sealed class TokenByteLengths
{
    private readonly int[] _lengths;

    /// <param name="tokenizer">Whose tokens.</param>
    public TokenByteLengths(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _lengths = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(id => id < VocabularyLayout.FirstByte ? 0 : tokenizer.GetBytes(id).Length)];
    }

    /// <summary>Bytes of some targets together; ignored ones, which are negative, have none.</summary>
    /// <exception cref="IndexOutOfRangeException">A target is not in the vocabulary.</exception>
    public long CountBytes(ReadOnlySpan<long> targets)
    {
        var bytes = 0L;
        foreach (var id in targets)
            if (id >= 0) bytes += _lengths[id];
        return bytes;
    }
}
