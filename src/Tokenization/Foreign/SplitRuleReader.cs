using System.Text.Json;
using System.Text.RegularExpressions;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Reads the split rule of a byte-level BPE: <c>pre_tokenizer</c> of <c>tokenizer.json</c>.</summary>
internal sealed class SplitRuleReader(JsonFields json)
{
    /// <summary>Returns the steps; the last step of the file, which spells bytes as characters, is not one of them.</summary>
    public IReadOnlyList<SplitStep> Read(JsonElement root)
    {
        if (!root.TryGetProperty("pre_tokenizer", out var rule) || rule.ValueKind == JsonValueKind.Null)
            throw json.Refuse("it has no pre_tokenizer ByteLevel; only byte-level BPE is supported");
        JsonElement[] parts = json.GetString(rule, "type") == "Sequence"
            ? [.. json.Get(rule, "pretokenizers", JsonValueKind.Array).EnumerateArray()]
            : [rule];
        if (parts is not [.. var before, var last] || json.GetString(last, "type") != "ByteLevel")
            throw json.Refuse("the last step of pre_tokenizer is not ByteLevel; only byte-level BPE is supported");
        if (IsOn(last, "add_prefix_space", unless: true))
            throw json.Refuse("add_prefix_space of ByteLevel is on; it is not supported");
        SplitStep[] steps = [.. before.Select(ReadStep)];
        return IsOn(last, "use_regex", unless: true) ? [.. steps, SplitStep.Create(SplitStep.Gpt2, json.File)] : steps;
    }

    private SplitStep ReadStep(JsonElement step) => json.GetString(step, "type") switch
    {
        "Split" => ReadSplit(step),
        "Digits" => SplitStep.Create(IsOn(step, "individual_digits", unless: false) ? @"\p{N}" : @"\p{N}+", json.File),
        var type => throw json.Refuse($"a step of pre_tokenizer is {type}; Split, Digits and ByteLevel are supported"),
    };

    private SplitStep ReadSplit(JsonElement split)
    {
        var pattern = json.Get(split, "pattern", JsonValueKind.Object);
        var expression = pattern.TryGetProperty("Regex", out _)
            ? json.GetString(pattern, "Regex")
            : Regex.Escape(json.GetString(pattern, "String"));
        return (json.GetString(split, "behavior"), IsOn(split, "invert", unless: false)) switch
        {
            ("Isolated", _) => SplitStep.Create(expression, json.File),
            ("Removed", true) => SplitStep.Create(expression, json.File, keepsRest: false),
            var (behavior, invert) => throw json.Refuse(
                $"a Split has behavior {behavior}{(invert ? " with invert" : "")}; Isolated, and Removed with invert are "
                    + "supported"),
        };
    }

    private static bool IsOn(JsonElement step, string name, bool unless) =>
        step.TryGetProperty(name, out var on) ? on.ValueKind == JsonValueKind.True : unless;
}
