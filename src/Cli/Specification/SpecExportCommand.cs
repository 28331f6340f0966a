using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Spec.Export;

namespace TurkishLlm.Cli.Specification;

/// <summary><c>turkishllm spec export</c></summary>
internal static class SpecExportCommand
{
    public static Command Create(Display display)
    {
        var folder = new Argument<string>("folder") { Description = OutputFolder.ArgumentDescription };
        var vocabulary = CreateOption("--vocab-size", 97, "Number of ids that the model reads.");
        var length = CreateOption("--max-length", 64, "Most tokens that the model reads.");
        var layers = CreateOption("--layers", 12, "Blocks of the model; more allow more rounding.");
        var width = CreateOption(
            "--width", 3072, "Longest axis of its matrices, without the vocabulary; longer allows more rounding.");
        var padding = new Option<int?>("--padding-id") { Description = "Id of padding, which no text has (default: none)." };
        var seed = new Option<long>("--seed") { Description = "Seed of the texts.", DefaultValueFactory = _ => 1 };
        var command = new Command(
            "export",
            "Write inputs and expected values of requirements, to judge functions and models written in other languages.")
        {
            folder, vocabulary, length, layers, width, padding, seed,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(folder)!;
            var facts = new DecoderFacts(
                parsed.GetValue(vocabulary), parsed.GetValue(length), parsed.GetValue(layers), parsed.GetValue(width),
                parsed.GetValue(padding));
            Check(facts);
            OutputFolder.ThrowIfNotEmpty(path);
            var (functions, logits) = CaseExport.Write(path, facts, parsed.GetValue(seed));
            display.WriteLine(Format.Invariant(
                $"{path}: {functions} calls of functions and {logits} checks of logits in cases.json and cases.safetensors"));
        });
        return command;
    }

    private static Option<int> CreateOption(string name, int value, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static void Check(DecoderFacts facts)
    {
        var problems = new List<ConfigurationProblem>();
        void RequireAtLeast(int least, string option, int value)
        {
            if (value < least) problems.Add(new(Format.Invariant($"{option} is {value}; it must be at least {least}.")));
        }

        RequireAtLeast(8, "--vocab-size", facts.Vocabulary);
        RequireAtLeast(2, "--max-length", facts.MaxLength);
        RequireAtLeast(1, "--layers", facts.Layers);
        RequireAtLeast(1, "--width", facts.Width);
        if (facts.PaddingId is { } id && (id < 0 || id >= facts.Vocabulary))
            problems.Add(new(Format.Invariant(
                $"--padding-id is {id}; it must be from 0 to {facts.Vocabulary - 1}, as --vocab-size is {facts.Vocabulary}.")));
        ConfigurationException.ThrowIfAny(problems);
    }
}
