using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Kernel;

namespace TurkishLlm.Cli.Specification;

/// <summary><c>turkishllm spec list | run</c></summary>
internal static class SpecCommand
{
    public static Command Create(Display display) => new("spec", "Shows and judges the specification.") { CreateList(display), CreateRun(display) };

    private static Command CreateList(Display display)
    {
        var markdown = new Option<bool>("--markdown") { Description = "As docs/SPEC.md." };
        var command = new Command("list", "Lists every requirement.") { markdown };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(markdown)) display.Output.Write(SpecDocument.Markdown());
            else foreach (var requirement in RequirementCatalogue.All) display.WriteLine(requirement.ToString());
        });
        return command;
    }

    private static Command CreateRun(Display display)
    {
        var file = new Argument<string>("plan") { Description = "The plan under whose device, configuration, tokenizer and data to judge." };
        var set = new Option<string[]>("--set") { Description = "Changes a value of the plan." };
        var ids = new Option<string[]>("--only") { Description = "Judges only these requirements: --only P22 --only ATT-01." };
        var command = new Command("run", "Judges requirements and prints what was measured. Example: turkishllm spec run configs/toy.yaml --only P22") { file, set, ids };
        command.SetAction((parsed, cancellationToken) =>
        {
            var plan = PlanFile.Load(parsed.GetRequiredValue(file), parsed.GetValue(set) ?? []);
            var chosen = parsed.GetValue(ids) is { Length: > 0 } some ? Find(some) : RequirementCatalogue.All;
            var report = Gate.Judge(plan, chosen, new SynchronousProgress<Judgement>(j => display.WriteLine(Format.Invariant(
                $"{(j.Verdict.Holds ? "holds " : "FAILS ")} {j.Requirement.Id,-7} {j.Elapsed.TotalMilliseconds,7:F0} ms  {j.Requirement.CaseNames[j.CaseIndex]}: {j.Verdict.Evidence}"))), cancellationToken: cancellationToken);
            display.WriteLine();
            if (!report.IsOpen) throw new GateClosedException(report);
            var nearest = report.Judgements.MaxBy(j => j.Verdict.Margin ?? -1)!;
            display.WriteSuccess(Format.Invariant($"{report.RequirementCount} requirements hold on {report.Device} ({report.Judgements.Count} checks, {Format.Duration(report.Elapsed.TotalSeconds)}); nearest to its bound: {nearest.Requirement.Id} at {nearest.Verdict.Margin ?? 0:P0}"));
            return Task.CompletedTask;
        });
        return command;
    }

    private static IReadOnlyList<Requirement> Find(string[] ids)
    {
        var known = RequirementCatalogue.All.Select(requirement => requirement.Id).ToArray();
        ConfigurationException.ThrowIfAny([.. ids.Except(known).Select(id => new ConfigurationProblem(
            $"There is no requirement {id}.{(SpellingSuggestions.FindClosest(id, known) is { } meant ? $" Did you mean {meant}?" : "")} `turkishllm spec list` shows them all."))]);
        return [.. ids.Distinct().Select(RequirementCatalogue.Find)];
    }
}
