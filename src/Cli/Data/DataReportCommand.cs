using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Packing;
using TurkishLlm.Data.Preference;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data report PLAN</c>: what a fine-tuning plan would learn from.</summary>
internal static class DataReportCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("plan") { Description = "A plan with a section sft or preference, such as configs/sft-v1.yaml." };
        var set = new Option<string[]>("--set") { Description = "Changes a value of the plan: --set sft.validation_share=0.2. May be given several times." };
        var command = new Command("report", "Tells what became of every row of a fine-tuning plan's files, and how much of them is learned. Example: turkishllm data report configs/sft-v1.yaml") { file, set };
        command.SetAction(parsed =>
        {
            var plan = PlanFile.Load(parsed.GetRequiredValue(file), parsed.GetValue(set) ?? []);
            if (plan.Preference is { } preference)
            {
                Write(display, PreferenceDataset.Open(new ChatTemplate(Tokenizer.Load(plan.Data.Tokenizer), preference.System), preference.ToOptions(plan)), plan);
                return;
            }
            var sft = plan.Sft ?? throw new ConfigurationException($"{parsed.GetRequiredValue(file)} has no section sft and no section preference. `turkishllm data prepare` reports on running text.");
            var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
            Write(display, SftDataset.Open(new ChatTemplate(tokenizer, sft.System), tokenizer, sft.ToOptions(plan)), plan);
        });
        return command;
    }

    private static void Write(Display display, SftDataset data, TrainingPlan plan)
    {
        var fates = Enum.GetValues<RowOutcome>().Where(fate => data.Report.Any(source => source.GetCount(fate) > 0)).ToArray();
        display.WriteTable(["source", "shape", "rows", .. fates.Select(GetDisplayName)], data.Report.Select(source => (IReadOnlyList<string>)
            [source.Name, source.Format.ToString(), Format.Count(source.RowCount), .. fates.Select(fate => Format.Count(source.GetCount(fate)))]));
        display.WriteLine();
        display.WriteTable(["source", "weight", "tokens", "learned", "share", "context cut", "turns cut", "answer cut"], data.Report.Zip(plan.Sft!.Sources).Select(pair => (IReadOnlyList<string>)
        [
            pair.First.Name, Format.Invariant($"{pair.Second.Weight:0.##}"), Format.Count(pair.First.Tokens), Format.Count(pair.First.SupervisedTokens), Format.Percent((double)pair.First.SupervisedTokens / pair.First.Tokens),
            .. new[] { TruncatedPart.Context, TruncatedPart.Turns, TruncatedPart.Answer }.Select(cut => Format.Count(pair.First.Truncations.GetValueOrDefault(cut))),
        ]));
        foreach (var source in data.Report.Where(source => source.Labels.Count > 0)) WriteLabels(display, source);
        foreach (var source in data.Report.Where(source => source.Problems.Count > 0))
        {
            display.WriteLine($"{source.Name}: {Format.Count(source.GetCount(RowOutcome.Invalid))} rows cannot be read, such as:");
            foreach (var problem in source.Problems) display.WriteLine($"  {Format.RelativePaths(problem)}");
        }
        WriteRows(display, data, plan);
    }

    private static void Write(Display display, PreferenceDataset data, TrainingPlan plan)
    {
        var fates = Enum.GetValues<RowOutcome>().Where(fate => data.Report.Any(file => file.Rows.GetValueOrDefault(fate) > 0)).ToArray();
        display.WriteTable(["file", .. fates.Select(GetDisplayName)], data.Report.Select(file => (IReadOnlyList<string>)
            [Format.RelativePaths(file.File), .. fates.Select(fate => Format.Count(file.Rows.GetValueOrDefault(fate)))]));
        foreach (var problem in data.Report.SelectMany(file => file.Problems)) display.WriteLine($"  {Format.RelativePaths(problem)}");
        var lengths = data.TrainIndices.Select(number => Math.Max(data.Pairs[number].Chosen.Length, data.Pairs[number].Rejected.Length)).Order().ToArray();
        display.WriteLine();
        display.WriteLine($"An epoch has {Format.Count(lengths.Length)} pairs; of half of them the longer answer has, with its question, at most {Format.Count(lengths[lengths.Length / 2])} tokens, of the longest {Format.Count(lengths[^1])} of {Format.Count(plan.Training.SequenceLength)}.");
        display.WriteLine($"{Format.Count(data.ValidationIndices.Count)} pairs are held out.");
    }

    private static void WriteLabels(Display display, SftSourceReport source)
    {
        display.WriteLine($"{source.Name}: {Format.Count(source.Labels.Count)} classes; the largest has {Format.Invariant($"{(double)source.Labels[0].Rows / source.Labels[^1].Rows:F1}")} times the rows of the smallest");
        display.WriteTable(["class", "rows", "share"], source.Labels.Select(label => (IReadOnlyList<string>)
            [label.Label, Format.Count(label.Rows), Format.Percent((double)label.Rows / source.Labels.Sum(l => l.Rows))]));
    }

    private static void WriteRows(Display display, SftDataset data, TrainingPlan plan)
    {
        var lengths = data.Train.Select(example => example.Tokens.Length).Order().ToArray();
        var (tokens, places) = (lengths.Sum(length => (long)length), plan.Training.SequenceLength);
        var packed = RowPacking.PackBestFit(lengths, places).Count;
        display.WriteLine();
        display.WriteLine($"An epoch has {Format.Count(data.Train.Count)} examples of {Format.Count(tokens)} tokens; half of them have at most {Format.Count(lengths[lengths.Length / 2])}, the longest has {Format.Count(lengths[^1])} of {Format.Count(places)}.");
        display.WriteLine($"Packed they fill {Format.Count(packed)} rows to {Format.Percent((double)tokens / ((long)packed * places))}.");
        display.WriteLine($"{Format.Count(data.Validation.Count)} examples are held out; none of them shares its question with the same context or the same answer with one that is learned.");
        if (plan.Sft!.Gold.Count > 0) display.WriteLine($"{Format.Count(data.Report.Sum(source => source.GetCount(RowOutcome.Gold)))} examples are in a gold file, or nearly, and are neither learned nor held out.");
    }

    private static string GetDisplayName(RowOutcome fate) => fate switch
    {
        RowOutcome.NothingToLearn => "no answer",
        RowOutcome.PromptTooLong => "question too long",
        RowOutcome.AnswerTooLong => "answer too long",
        _ => fate.ToString().ToLowerInvariant(),
    };
}
