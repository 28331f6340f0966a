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
        var rules = new Option<int[]>("--rules") { Description = "Numbers of the rules, 1 … 11. Without it, all.", AllowMultipleArgumentsPerToken = true };
        var language = new Option<string>("--language") { Description = "Of which chunks.", DefaultValueFactory = _ => "tr" };
        language.AcceptOnlyFromAmong("tr", "en", "all");
        var maxTokens = new Option<int>("--max-tokens") { Description = "Most tokens of a group; larger ones are divided.", DefaultValueFactory = _ => GroupingRules.DefaultMaxTokens };
        var command = new Command("group", "Groups chunks by eleven rules, and shows what will be asked before anything is spent. Example: turkishllm synth group synth/erp --rules 1 4 10") { work, rules, language, maxTokens };
        command.SetAction(parsed => Run(
            display, new(parsed.GetRequiredValue(work)), parsed.GetValue(rules) is { Length: > 0 } some ? some : null, parsed.GetRequiredValue(language), parsed.GetValue(maxTokens)));
        return command;
    }

    public static void Run(Display display, SynthesisFolder work, int[]? rules, string language, int maxTokens)
    {
        var blueprint = Blueprint.Create(ChunkFile.Read(work.Chunks), rules, language == "all" ? null : [language], maxTokens);
        blueprint.Write(work.Blueprint);
        var byRule = blueprint.Groups.ToLookup(group => group.Rule);
        display.WriteTable(
            ["#", "rule", "groups", "tokens", "pairs asked for", ""],
            GroupingRules.All.Where(rule => rules is null || rules.Contains(rule.Number)).Select(rule => Row(Format.Count(rule.Number), rule.Name, [.. byRule[rule.Number]], rule.Description))
                .Append(Row("", "all", blueprint.Groups, "")));
        display.WriteLine($"→ {Format.RelativePaths(work.Blueprint)}");
    }

    private static IReadOnlyList<string> Row(string number, string name, IReadOnlyList<ChunkGroup> groups, string description) =>
        [number, name, Format.Count(groups.Count), Format.Count(groups.Sum(group => (long)group.Tokens)), Format.Count(groups.Sum(group => PairCount.Compute(group.Tokens))), description];
}
