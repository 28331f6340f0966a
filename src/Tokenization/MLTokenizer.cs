using System.Buffers;
using System.Text;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization;

/// <summary>
/// A <see cref="TurkishLlm.Tokenization.Tokenizer"/> as the base class of Microsoft.ML.Tokenizers, for libraries that expect
/// that class. Created by <see cref="MLTokenizerExtensions.AsMLTokenizer"/>. Thread-safe.
/// </summary>
/// <remarks>
/// <para>All members give the ids of <see cref="Tokenizer"/>. There is no normalizer: <c>normalizedText</c> is always null, and
/// <c>considerNormalization</c> changes nothing. Without pre-tokenization the whole text is one pre-token.</para>
/// <para>Offsets are in characters (UTF-16 code units) of the text. Tokens that are parts of one character all cover it. Limits
/// of tokens, which may be 0, never split a character: then fewer tokens are returned than allowed.</para>
/// Spec: TOK-31, TOK-32, TOK-33, TOK-34.
/// </remarks>
/// <param name="tokenizer">The tokenizer that encodes and decodes.</param>
/// <example>
/// <code>
/// Microsoft.ML.Tokenizers.Tokenizer tokenizer = Tokenizer.Load("runs/v1/tokenizer").AsMLTokenizer();
/// int end = tokenizer.GetIndexByTokenCount(text, maxTokenCount: 512, out _, out int tokenCount);
/// </code>
/// </example>
public sealed class MLTokenizer(Tokenizer tokenizer) : ML.Tokenizer
{
    /// <summary>The tokenizer that encodes and decodes.</summary>
    public Tokenizer Tokenizer { get; } = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));

    /// <summary>The split rule.</summary>
    public override ML.PreTokenizer PreTokenizer { get; } = new MLPreTokenizer(tokenizer.Split);

    /// <summary>Decodes ids to text. Special ids give their names; invalid UTF-8 gives U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public override string Decode(IEnumerable<int> ids) => Tokenizer.Decode(ids);

    /// <summary>
    /// Decodes ids to text until the destination is full. Decoding the other ids into another destination gives the rest of the
    /// text.
    /// </summary>
    /// <param name="ids">The ids.</param>
    /// <param name="destination">Receives the text; may be changed beyond <paramref name="charsWritten"/>.</param>
    /// <param name="idsConsumed">Number of ids decoded; they end between two characters, unless all ids were decoded.</param>
    /// <param name="charsWritten">Number of characters that the decoded ids represent.</param>
    /// <returns>
    /// <c>Done</c>; <c>DestinationTooSmall</c> if the destination is full; <c>InvalidData</c> if the next id is not in the
    /// vocabulary.
    /// </returns>
    public override OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        (idsConsumed, charsWritten) = (0, 0);
        var (decoder, read, written) = (Encoding.UTF8.GetDecoder(), 0, 0);
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)Tokenizer.VocabularySize) return OperationStatus.InvalidData;
            var bytes = Tokenizer.GetBytes(id);
            var room = destination[written..];
            if (decoder.GetCharCount(bytes, flush: false) > room.Length) return OperationStatus.DestinationTooSmall;
            written += decoder.GetChars(bytes, room, flush: false);
            read++;
            var isBetweenCharacters = decoder.GetCharCount([], flush: true) == 0;
            if (isBetweenCharacters) (idsConsumed, charsWritten) = (read, written);
        }
        if (decoder.GetCharCount([], flush: true) > destination.Length - written) return OperationStatus.DestinationTooSmall;
        charsWritten = written + decoder.GetChars([], destination[written..], flush: true);
        idsConsumed = read;
        return OperationStatus.Done;
    }

    /// <inheritdoc/>
    protected override ML.EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, ML.EncodeSettings settings)
    {
        if (settings is { ConsiderPreTokenization: true, MaxTokenCount: int.MaxValue })
            return new() { Tokens = Tokenizer.EncodeToIds(textSpan), CharsConsumed = textSpan.Length };
        if (settings.ConsiderPreTokenization)
            return new()
            {
                Tokens = Tokenizer.EncodeToIds(textSpan, settings.MaxTokenCount, out var consumed), CharsConsumed = consumed,
            };
        var ids = Tokenizer.EncodeWithoutSplitting(textSpan);
        var index = FindIndex(textSpan, ids, settings.MaxTokenCount, out var count);
        return new() { Tokens = ids[..count], CharsConsumed = index };
    }

    /// <inheritdoc/>
    protected override ML.EncodeResults<ML.EncodedToken> EncodeToTokens(
        string? text, ReadOnlySpan<char> textSpan, ML.EncodeSettings settings)
    {
        var encoded = EncodeToIds(text, textSpan, settings);
        var tokens = new List<ML.EncodedToken>(encoded.Tokens.Count);
        var spans = new TokenSpans(textSpan);
        foreach (var id in encoded.Tokens)
        {
            var (start, length) = spans.Advance(Tokenizer.GetBytes(id).Length);
            tokens.Add(new ML.EncodedToken(id, Tokenizer.GetText(id), start..(start + length)));
        }
        return new() { Tokens = tokens, CharsConsumed = encoded.CharsConsumed };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, ML.EncodeSettings settings) =>
        settings is { ConsiderPreTokenization: true, MaxTokenCount: int.MaxValue }
            ? Tokenizer.CountTokens(textSpan)
            : EncodeToIds(text, textSpan, settings).Tokens.Count;

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, ML.EncodeSettings settings, bool fromEnd, out string? normalizedText,
        out int tokenCount)
    {
        normalizedText = null;
        var limit = settings.MaxTokenCount;
        if (settings.ConsiderPreTokenization)
            return fromEnd
                ? Tokenizer.GetIndexByTokenCountFromEnd(textSpan, limit, out tokenCount)
                : Tokenizer.GetIndexByTokenCount(textSpan, limit, out tokenCount);
        var ids = Tokenizer.EncodeWithoutSplitting(textSpan);
        return fromEnd
            ? FindIndexFromEnd(textSpan, ids, limit, out tokenCount)
            : FindIndex(textSpan, ids, limit, out tokenCount);
    }

    // The end of the longest prefix of whole characters with at most a number of tokens.
    private int FindIndex(ReadOnlySpan<char> text, List<int> ids, int maxTokenCount, out int tokenCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokenCount);
        var spans = new TokenSpans(text);
        (var end, tokenCount) = (0, 0);
        for (var i = 0; i < Math.Min(ids.Count, maxTokenCount); i++)
        {
            spans.Advance(Tokenizer.GetBytes(ids[i]).Length);
            if (spans.IsBetweenCharacters) (end, tokenCount) = (spans.Position, i + 1);
        }
        return end;
    }

    // The start of the longest suffix of whole characters with at most a number of tokens.
    private int FindIndexFromEnd(ReadOnlySpan<char> text, List<int> ids, int maxTokenCount, out int tokenCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokenCount);
        var spans = new TokenSpans(text);
        tokenCount = ids.Count;
        while (tokenCount > maxTokenCount || !spans.IsBetweenCharacters)
            spans.Advance(Tokenizer.GetBytes(ids[^tokenCount--]).Length);
        return spans.Position;
    }
}
