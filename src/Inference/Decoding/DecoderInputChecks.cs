namespace TurkishLlm.Inference.Decoding;

/// <summary>Checks the arguments of <see cref="IDecoder.Append"/>.</summary>
internal static class DecoderInputChecks
{
    /// <param name="batch">The texts.</param>
    /// <param name="logits">Number of logits that the caller has room for.</param>
    /// <param name="vocabularySize">Number of token ids.</param>
    /// <param name="ownsSequences">True if all sequences were created by this decoder.</param>
    /// <exception cref="ArgumentException">See <see cref="IDecoder.Append"/>.</exception>
    public static void ThrowIfInvalid(ReadOnlySpan<DecoderInput> batch, int logits, int vocabularySize, bool ownsSequences)
    {
        if (!ownsSequences)
            throw new ArgumentException(
                "A sequence belongs to another decoder. Use the one that created it.", nameof(batch));
        if (logits != batch.Length * vocabularySize)
            throw new ArgumentException(FormattableString.Invariant(
                $"There is room for {logits} logits, but {batch.Length} texts have {vocabularySize} each."), nameof(logits));
        for (var i = 0; i < batch.Length; i++)
        {
            for (var other = 0; other < i; other++)
                if (batch[other].Sequence == batch[i].Sequence)
                    throw new ArgumentException("A sequence occurs twice; give each once.", nameof(batch));
            ThrowIfInvalid(batch[i], vocabularySize);
        }
    }

    private static void ThrowIfInvalid(DecoderInput input, int vocabularySize)
    {
        if (input.Ids.IsEmpty) throw new ArgumentException("A text has no new token; give at least one.", nameof(input));
        if (input.Sequence.Length + input.Ids.Length > input.Sequence.Capacity)
            throw new ArgumentException(FormattableString.Invariant(
                $"A sequence holds {input.Sequence.Length} of {input.Sequence.Capacity} tokens; {input.Ids.Length} more do not ")
                    + "fit.", nameof(input));
        foreach (var id in input.Ids.Span)
            if ((uint)id >= (uint)vocabularySize)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Token {id} is outside the vocabulary of {vocabularySize} ids."), nameof(input));
    }
}
