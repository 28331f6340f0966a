using System.Buffers;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Finds the index up to which, or from which, a text has at most a number of tokens.</summary>
internal delegate (int Index, int Count) FindIndexByTokens(string text, int maxTokenCount, bool fromEnd);

/// <summary>Decodes ids into a destination.</summary>
internal delegate (OperationStatus Status, int Consumed, int Written) DecodeInto(IReadOnlyList<int> ids, char[] destination);

/// <summary>A tokenizer of Microsoft's class that is ours, except for one member.</summary>
internal sealed class IncorrectMLTokenizer(Tokenizer tokenizer) : Microsoft.ML.Tokenizers.Tokenizer
{
    private readonly MLTokenizer _correct = tokenizer.AsMLTokenizer();

    /// <summary>Encodes a text, with pre-tokenization or without.</summary>
    public Func<string, bool, IReadOnlyList<Microsoft.ML.Tokenizers.EncodedToken>>? Encode { get; init; }

    /// <summary>Counts the tokens of a text.</summary>
    public Func<string, int>? Count { get; init; }

    /// <inheritdoc cref="FindIndexByTokens"/>
    public FindIndexByTokens? FindIndex { get; init; }

    /// <inheritdoc cref="DecodeInto"/>
    public DecodeInto? DecodeIds { get; init; }

    /// <inheritdoc/>
    public override OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        if (DecodeIds is null) return _correct.Decode(ids, destination, out idsConsumed, out charsWritten);
        var characters = new char[destination.Length];
        (var status, idsConsumed, charsWritten) = DecodeIds([.. ids], characters);
        characters.CopyTo(destination);
        return status;
    }

    /// <inheritdoc/>
    protected override Microsoft.ML.Tokenizers.EncodeResults<Microsoft.ML.Tokenizers.EncodedToken> EncodeToTokens(
        string? text, ReadOnlySpan<char> textSpan, Microsoft.ML.Tokenizers.EncodeSettings settings)
    {
        var tokens = Encode is null
            ? _correct.EncodeToTokens(textSpan, out _, settings.ConsiderPreTokenization)
            : Encode(textSpan.ToString(), settings.ConsiderPreTokenization);
        return new() { Tokens = [.. tokens.Take(settings.MaxTokenCount)], CharsConsumed = textSpan.Length };
    }

    /// <inheritdoc/>
    protected override int CountTokens(
        string? text, ReadOnlySpan<char> textSpan, Microsoft.ML.Tokenizers.EncodeSettings settings) =>
        Count?.Invoke(textSpan.ToString()) ?? base.CountTokens(text, textSpan, settings);

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, Microsoft.ML.Tokenizers.EncodeSettings settings, bool fromEnd,
        out string? normalizedText, out int tokenCount)
    {
        if (FindIndex is null)
            return base.GetIndexByTokenCount(text, textSpan, settings, fromEnd, out normalizedText, out tokenCount);
        normalizedText = null;
        (var index, tokenCount) = FindIndex(textSpan.ToString(), settings.MaxTokenCount, fromEnd);
        return index;
    }
}
