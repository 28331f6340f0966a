using System.CommandLine;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm data report PLAN</c>: what a fine-tuning plan would learn from.</summary>
internal static class SftReportCommand
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
                Write(display, PreferenceDataset.Open(new ChatTemplate(Tokenizer.Load(plan.Data.Tokenizer), preference.System), preference.Options(plan)), plan);
                return;
            }
            var sft = plan.Sft ?? throw new ConfigurationException($"{parsed.GetRequiredValue(file)} has no section sft and no section preference. `turkishllm data prepare` reports on running text.");
            var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
            Write(display, SftDataset.Open(new ChatTemplate(tokenizer, sft.System), tokenizer, sft.Options(plan)), plan);
        });
        return command;
    }

    private static void Write(Display display, SftDataset data, TrainingPlan plan)
    {
        var fates = Enum.GetValues<RowFate>().Where(fate => data.Report.Any(source => source.Of(fate) > 0)).ToArray();
        display.Table(["source", "shape", "rows", .. fates.Select(NameOf)], data.Report.Select(source => (IReadOnlyList<string>)
            [source.Name, source.Format.ToString(), Show.Count(source.Read), .. fates.Select(fate => Show.Count(source.Of(fate)))]));
        display.Line();
        display.Table(["source", "weight", "tokens", "learned", "share", "context cut", "turns cut", "answer cut"], data.Report.Zip(plan.Sft!.Sources).Select(pair => (IReadOnlyList<string>)
        [
            pair.First.Name, Show.Text($"{pair.Second.Weight:0.##}"), Show.Count(pair.First.Tokens), Show.Count(pair.First.Supervised), Show.Percent((double)pair.First.Supervised / pair.First.Tokens),
            .. new[] { RowCut.Context, RowCut.Turns, RowCut.Answer }.Select(cut => Show.Count(pair.First.Cuts.GetValueOrDefault(cut))),
        ]));
        foreach (var source in data.Report.Where(source => source.Labels.Count > 0)) WriteLabels(display, source);
        foreach (var source in data.Report.Where(source => source.Problems.Count > 0))
        {
            display.Line($"{source.Name}: {Show.Count(source.Of(RowFate.Invalid))} rows cannot be read, such as:");
            foreach (var problem in source.Problems) display.Line($"  {Show.RelativePaths(problem)}");
        }
        WriteRows(display, data, plan);
    }

    private static void Write(Display display, PreferenceDataset data, TrainingPlan plan)
    {
        var fates = Enum.GetValues<RowFate>().Where(fate => data.Report.Any(file => file.Rows.GetValueOrDefault(fate) > 0)).ToArray();
        display.Table(["file", .. fates.Select(NameOf)], data.Report.Select(file => (IReadOnlyList<string>)
            [Show.RelativePaths(file.File), .. fates.Select(fate => Show.Count(file.Rows.GetValueOrDefault(fate)))]));
        foreach (var problem in data.Report.SelectMany(file => file.Problems)) display.Line($"  {Show.RelativePaths(problem)}");
        var lengths = data.Train.Select(number => Math.Max(data.Pairs[number].Chosen.Length, data.Pairs[number].Rejected.Length)).Order().ToArray();
        display.Line();
        display.Line($"An epoch has {Show.Count(lengths.Length)} pairs; of half of them the longer answer has, with its question, at most {Show.Count(lengths[lengths.Length / 2])} tokens, of the longest {Show.Count(lengths[^1])} of {Show.Count(plan.Training.SequenceLength)}.");
        display.Line($"{Show.Count(data.Validation.Count)} pairs are held out.");
    }

    private static void WriteLabels(Display display, SftSourceReport source)
    {
        display.Line($"{source.Name}: {Show.Count(source.Labels.Count)} classes; the largest has {Show.Text($"{(double)source.Labels[0].Rows / source.Labels[^1].Rows:F1}")} times the rows of the smallest");
        display.Table(["class", "rows", "share"], source.Labels.Select(label => (IReadOnlyList<string>)
            [label.Label, Show.Count(label.Rows), Show.Percent((double)label.Rows / source.Labels.Sum(l => l.Rows))]));
    }

    private static void WriteRows(Display display, SftDataset data, TrainingPlan plan)
    {
        var lengths = data.Train.Select(example => example.Tokens.Length).Order().ToArray();
        var (tokens, places) = (lengths.Sum(length => (long)length), plan.Training.SequenceLength);
        var packed = RowPacking.BestFit(lengths, places).Count;
        display.Line();
        display.Line($"An epoch has {Show.Count(data.Train.Count)} examples of {Show.Count(tokens)} tokens; half of them have at most {Show.Count(lengths[lengths.Length / 2])}, the longest has {Show.Count(lengths[^1])} of {Show.Count(places)}.");
        display.Line($"Packed they fill {Show.Count(packed)} rows to {Show.Percent((double)tokens / ((long)packed * places))}.");
        display.Line($"{Show.Count(data.Validation.Count)} examples are held out; none of them shares its question with the same context or the same answer with one that is learned.");
        if (plan.Sft!.Gold.Count > 0) display.Line($"{Show.Count(data.Report.Sum(source => source.Of(RowFate.Gold)))} examples are in a gold file, or nearly, and are neither learned nor held out.");
    }

    private static string NameOf(RowFate fate) => fate switch
    {
        RowFate.NothingToLearn => "no answer",
        RowFate.PromptTooLong => "question too long",
        RowFate.AnswerTooLong => "answer too long",
        _ => fate.ToString().ToLowerInvariant(),
    };
}
