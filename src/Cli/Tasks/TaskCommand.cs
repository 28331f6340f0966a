using System.CommandLine;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Cli.Tasks;

/// <summary><c>turkishllm task convert | contamination</c></summary>
internal static class TaskCommand
{
    public static Command Create(Display display) =>
        new("task", "Convert public benchmarks to gold files, and search for their rows in training text.")
        {
            CreateConvert(display), TaskContaminationCommand.Create(display),
        };

    private static Command CreateConvert(Display display)
    {
        var file = new Argument<string>("file") { Description = "File of the benchmark: JSON, or JSON Lines." };
        var output = new Argument<string>("output") { Description = "Gold file to write. An existing file is replaced." };
        var style = new Option<string>("--style", "-s")
        {
            Description = "How the questions are asked: mmlu (choices in the question, the answer is a letter), arc (the answer "
                + "is the text of a choice), gsm8k (the answer ends with #### and a number) or xquad (the answer is a part of "
                + "the context).",
            Required = true,
        };
        style.AcceptOnlyFromAmong([.. Enum.GetNames<TaskStyle>().Select(name => name.ToLowerInvariant())]);
        var command = new Command("convert", "Convert a benchmark to a gold file for evaluate --gold and evaluation.tasks.")
        {
            file, output, style,
        };
        command.SetAction(parsed =>
        {
            var (from, target) = (parsed.GetRequiredValue(file), parsed.GetRequiredValue(output));
            if (Path.GetFullPath(from) == Path.GetFullPath(target))
                throw new InvalidDataException($"{from} is both input and output. Choose another output file.");
            var (rows, withoutQuestion) = BenchmarkFile.Convert(
                from, target, Enum.Parse<TaskStyle>(parsed.GetRequiredValue(style), ignoreCase: true));
            display.WriteLine($"{Format.Count(rows, "question")} → {Format.RelativePaths(target)}, {parsed.GetValue(style)}");
            if (withoutQuestion > 0)
                display.WriteWarning(
                    $"{Format.Count(withoutQuestion, "row has", "rows have")} no question and cannot be asked; skipped.");
        });
        return command;
    }
}
