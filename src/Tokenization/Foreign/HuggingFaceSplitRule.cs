using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Finds the split rule of this program that <c>pre_tokenizer</c> of a <c>tokenizer.json</c> states.</summary>
internal sealed class HuggingFaceSplitRule(JsonFields json)
{
    // With a class in a class, the brackets of which other engines do not take for characters.
    private const string BloomPattern = " ?[^(\\s|[.,!?…。，、।۔،])]+";

    /// <summary>Returns the rule.</summary>
    /// <exception cref="InvalidDataException">No rule of this program splits in that way.</exception>
    public SplitRule Find(JsonElement root)
    {
        // Checks all that is not an expression.
        _ = new SplitRuleReader(json).Read(root);
        var rule = root.GetProperty("pre_tokenizer");
        if (json.GetString(rule, "type") == "ByteLevel") return FindByteLevel(rule);
        return rule.GetProperty("pretokenizers").EnumerateArray().ToArray() switch
        {
            [var bytes] => FindByteLevel(bytes),
            [var split, var bytes] when json.GetString(split, "type") == "Split" && !HasExpression(bytes) => FindSplit(split),
            _ => throw Refuse("it splits text in several steps"),
        };
    }

    private SplitRule FindByteLevel(JsonElement bytes) =>
        HasExpression(bytes) ? SplitRule.Gpt2 : throw Refuse("it does not split text into words");

    private SplitRule FindSplit(JsonElement split)
    {
        var pattern = split.GetProperty("pattern");
        var expression = pattern.TryGetProperty("Regex", out var text) ? text.GetString()! : pattern.GetRawText();
        var found = expression == BloomPattern ? SplitRule.Bloom : SplitRule.FindByPattern(expression);
        // What lies between two matches is dropped, which only the rule of BLOOM has.
        var dropsRest = json.GetString(split, "behavior") == "Removed";
        return found is null || (dropsRest && found == SplitRule.Bloom)
            ? throw Refuse($"it splits text by {Excerpt.Of(expression, 200)}")
            : found;
    }

    private static bool HasExpression(JsonElement bytes) =>
        !(bytes.TryGetProperty("use_regex", out var on) && on.ValueKind == JsonValueKind.False);

    private InvalidDataException Refuse(string reason) => json.Refuse(
        $"{reason}, which is not a split rule of this program ({string.Join(", ", SplitRule.All)}). Convert the model to "
            + "GGUF if llama.cpp has its rule, and import that");
}
