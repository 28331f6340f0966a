using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Cli.Specification;

/// <summary><c>turkishllm spec list | run | export</c></summary>
internal static class SpecCommand
{
    public static Command Create(Display display) =>
        new("spec", "List the requirements of the specification, judge them, or write their cases for other languages.")
        {
            CreateList(display), CreateRun(display), SpecExportCommand.Create(display),
        };

    private static Command CreateList(Display display)
    {
        var markdown = new Option<bool>("--markdown") { Description = "Print docs/SPEC.md: sources and impostors too." };
        var json = JsonOutput.CreateLinesOption("requirement");
        var command = new Command("list", "List every requirement.") { markdown, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(markdown)) display.Output.Write(SpecDocument.Markdown());
            else if (parsed.GetValue(json))
                foreach (var requirement in RequirementCatalog.All)
                    JsonOutput.WriteLine(display.Output, new
                    {
                        requirement.Id, Area = RequirementCatalog.GetArea(requirement), requirement.Statement,
                        requirement.Source, Cases = requirement.CaseNames, Impostors = requirement.ImpostorNames,
                    });
            else foreach (var requirement in RequirementCatalog.All) display.WriteLine(requirement.ToString());
        });
        return command;
    }

    private static Command CreateRun(Display display)
    {
        var file = new Argument<string?>("plan")
        {
            Description = "Plan with the device, configuration, tokenizer and data to judge (default: a small built-in plan, "
                + "CPU, float32).",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var set = new Option<string[]>("--set") { Description = "Override a value of the plan." };
        var ids = new Option<string[]>("--only") { Description = "Judge only these requirements, separated by commas." };
        var verbose = new Option<bool>("--verbose") { Description = "Print what was measured on every case, and the time." };
        var html = HtmlFile.CreateOption("Write every requirement with its margin to this HTML file as well.");
        var command = new Command(
            "run",
            "Judge requirements and print each verdict and margin: the largest measured error as a share of the allowed one.")
        {
            file, set, ids, verbose, html,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            HtmlFile.Check(parsed.GetValue(html));
            var requirements = Select(parsed.GetValue(ids) ?? []);
            Run(
                parsed.GetValue(file), parsed.GetValue(set) ?? [], requirements,
                new SpecRunDisplay(display, parsed.GetValue(file), parsed.GetValue(verbose), parsed.GetValue(html)),
                cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(
        string? file,
        string[] overrides, Catalog requirements, SpecRunDisplay display, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            display.WriteSummary(
                PlanGate.Judge(PlanFile.Load(file, overrides), requirements, display, cancellationToken: cancellationToken));
            return;
        }
        if (overrides.Length > 0)
            throw new ConfigurationException("--set overrides a value of a plan: give a plan too, such as configs/toy.yaml.");
        var scratch = Directory.CreateTempSubdirectory("turkishllm-spec-");
        try
        {
            var plan = ReferencePlan.Create(Path.Combine(AppContext.BaseDirectory, "fixtures"), scratch.FullName);
            display.WriteSummary(PlanGate.Judge(plan, requirements, display, cancellationToken: cancellationToken));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // In the order of the catalog, so that the requirements of an area stay together.
    private static Catalog Select(string[] options)
    {
        var ids = options
            .SelectMany(option => option.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Distinct().ToArray();
        if (ids.Length == 0) return RequirementCatalog.All;
        var known = RequirementCatalog.All.Select(requirement => requirement.Id).ToArray();
        ConfigurationException.ThrowIfAny([.. ids.Except(known).Select(id => new ConfigurationProblem(
            $"There is no requirement {id}."
                + $"{(SpellingSuggestions.FindClosest(id, known) is { } meant ? $" Did you mean {meant}?" : "")} "
            + "`turkishllm spec list` shows them all."))]);
        return RequirementCatalog.All.Except([.. known.Except(ids)]);
    }
}
