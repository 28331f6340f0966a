using System.Text;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Tools;

/// <summary>Makes the output of a tool a text that a model can read.</summary>
public static class ToolOutputText
{
    /// <summary>Marks an output that was cut off.</summary>
    public const string Cut = " […]";

    // No flood is encoded as a whole: more characters per token are rare in any text.
    private const int CharactersPerToken = 32;

    /// <summary>Cuts an output to a number of tokens.</summary>
    /// <param name="output">The output. Half surrogate pairs, which no file can hold, become U+FFFD.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="maxTokens">Maximum number of tokens.</param>
    /// <returns>The text as a message holds it, which ends with <see cref="Cut"/> if something is missing.</returns>
    public static (string Text, bool IsCut) Fit(string output, Tokenizer tokenizer, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, tokenizer.CountTokens(Cut));
        var length = (int)Math.Min(output.Length, (long)maxTokens * CharactersPerToken);
        for (var isCut = length < output.Length; ; isCut = true)
        {
            var text = Take(output, length) + (isCut ? Cut : "");
            var count = tokenizer.CountTokens(text);
            if (count <= maxTokens) return (text, isCut);
            length = (int)Math.Min(length - 1, (long)length * maxTokens / count);
        }
    }

    private static string Take(string output, int length)
    {
        if (length > 0 && length < output.Length && char.IsHighSurrogate(output[length - 1])) length--;
        var text = new StringBuilder(length);
        foreach (var rune in output.AsSpan(0, length).EnumerateRunes()) text.Append(rune.ToString());
        return ChatMessage.Tool(text.ToString()).Text;
    }
}
