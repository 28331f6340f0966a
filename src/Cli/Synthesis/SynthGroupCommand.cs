using System.CommandLine;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth group</c></summary>
internal static class SynthGroupCommand
{
    public static Command Create(Display display)
    {
        var work = SynthCommand.CreateFolderArgument();
        var rules = new Option<int[]>("--rules")
        {
            Description = "Numbers of the grouping rules to use, 1 … 11 (default: all).", AllowMultipleArgumentsPerToken = true,
        };
        var language = new Option<string>("--language")
        {
            Description = "Language of the chunks to group.", DefaultValueFactory = _ => "tr",
        };
        language.AcceptOnlyFromAmong("tr", "en", "all");
        var maxTokens = new Option<int>("--max-tokens")
        {
            Description = "Maximum length of a group, in tokens; longer groups are split.",
            DefaultValueFactory = _ => GroupingRules.DefaultMaxTokens,
        };
        var command = new Command("group", "Group chunks by eleven rules and count the pairs to be requested. Sends nothing.")
        {
            work, rules, language, maxTokens,
        };
        command.SetAction(parsed => Run(
            display,
            new(parsed.GetRequiredValue(work)), parsed.GetValue(rules) is { Length: > 0 } some ? some : null,
            parsed.GetRequiredValue(language),
            parsed.GetValue(maxTokens)));
        return command;
    }

    public static void Run(Display display, SynthesisFolder work, int[]? rules, string language, int maxTokens)
    {
        var blueprint = Blueprint.Create(ChunkFile.Read(work.Chunks), rules, language == "all" ? null : [language], maxTokens);
        blueprint.Write(work.Blueprint);
        var byRule = blueprint.Groups.ToLookup(group => group.Rule);
        display.WriteTable(
            ["#", "rule", "groups", "tokens", "pairs requested", ""],
            GroupingRules
                .All.Where(rule => rules is null || rules.Contains(rule.Number))
                .Select(rule => Row(Format.Count(rule.Number), rule.Name, [.. byRule[rule.Number]], rule.Description))
                .Append(Row("", "all", blueprint.Groups, "")));
        display.WriteLine($"→ {Format.RelativePaths(work.Blueprint)}");
    }

    private static IReadOnlyList<string> Row(string number, string name, IReadOnlyList<ChunkGroup> groups, string description) =>
        [
            number, name, Format.Count(groups.Count),
            Format.Count(groups.Sum(group => (long)group.Tokens)),
            Format.Count(groups.Sum(group => PairCount.Compute(group.Tokens))),
            description,
        ];
}
