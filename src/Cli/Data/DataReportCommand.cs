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

/// <summary><c>turkishllm data report PLAN</c>: reports the training data of a fine-tuning plan.</summary>
internal static class DataReportCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("plan")
        {
            Description = "Plan with a section sft or preference, such as configs/sft-v1.yaml.",
        };
        var set = new Option<string[]>("--set") { Description = PlanFile.SetDescription };
        var html = HtmlFile.CreateOption("Write the report with lengths and loss masks to this HTML file as well.");
        var command = new Command(
            "report", "Count what a fine-tuning plan trains on: rows used, skipped and held out, tokens per source.")
        {
            file, set, html,
        };
        command.SetAction(parsed =>
        {
            HtmlFile.Check(parsed.GetValue(html));
            var plan = PlanFile.Load(parsed.GetRequiredValue(file), parsed.GetValue(set) ?? []);
            if (plan.Preference is { Objective: KtoPlan } labeled)
            {
                Write(display, LabeledDataset.Open(
                    new ChatTemplate(Tokenizer.Load(plan.Data.Tokenizer), labeled.System, labeled.ChatTemplate),
                    labeled.ToOptions(plan)), plan);
                return;
            }
            if (plan.Preference is { } preference)
            {
                var pairs = PreferenceDataset.Open(
                    new ChatTemplate(Tokenizer.Load(plan.Data.Tokenizer), preference.System, preference.ChatTemplate),
                    preference.ToOptions(plan));
                Write(display, pairs, plan);
                HtmlFile.Write(display, parsed.GetValue(html), () => PreferenceReportPage.Render(pairs, plan));
                return;
            }
            var sft = plan.Sft
                ?? throw new ConfigurationException(
                    $"{parsed.GetRequiredValue(file)} has neither a section sft nor a section preference. For plain "
                        + "text, `turkishllm data prepare` prints the report.");
            var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
            var data = SftDataset.Open(new ChatTemplate(tokenizer, sft.System, sft.ChatTemplate), tokenizer, sft.ToOptions(plan));
            Write(display, data, plan);
            HtmlFile.Write(display, parsed.GetValue(html), () => SftReportPage.Render(data, plan));
        });
        return command;
    }

    private static void Write(Display display, SftDataset data, TrainingPlan plan)
    {
        SftSourceReport[] files = [.. data.Report, .. data.ValidationReport];
        var outcomes = Enum.GetValues<RowOutcome>()
            .Where(outcome => files.Any(source => source.GetCount(outcome) > 0))
            .ToArray();
        display.WriteTable(
            ["source", "format", "rows", .. outcomes.Select(RowOutcomeTable.GetDisplayName)],
            files.Select(source =>
                (IReadOnlyList<string>)
            [
                source.Name, source.Format.ToString(), Format.Count(source.RowCount),
                .. outcomes.Select(outcome => Format.Count(source.GetCount(outcome))),
            ]));
        display.WriteLine();
        display.WriteTable(
            ["source", "weight", "tokens", "supervised", "share", "context cut", "turns cut", "answer cut"],
            data.Report.Zip(plan.Sft!.Sources)
                .Select(pair =>
                    (IReadOnlyList<string>)
        [
            pair.First.Name,
            Format.Invariant($"{pair.Second.Weight:0.##}"), Format.Count(pair.First.Tokens),
            Format.Count(pair.First.SupervisedTokens), Format.Percent((double)pair.First.SupervisedTokens / pair.First.Tokens),
            .. new[] { TruncatedPart.Context, TruncatedPart.Turns, TruncatedPart.Answer }.Select(cut =>
                Format.Count(pair.First.Truncations.GetValueOrDefault(cut))),
        ]));
        foreach (var source in data.Report.Where(source => source.Labels.Count > 0)) WriteLabels(display, source);
        foreach (var source in files.Where(source => source.Problems.Count > 0))
        {
            display.WriteLine($"{source.Name}: {Format.Count(source.GetCount(RowOutcome.Invalid), "invalid row")}, for example:");
            foreach (var problem in source.Problems) display.WriteLine($"  {Format.RelativePaths(problem)}");
        }
        foreach (var note in files.SelectMany(source =>
            RowNotes.CreateForLeaks(source.Name, source.GetCount(RowOutcome.InValidation))))
            display.WriteLine(note);
        foreach (var source in files.Where(source => source.UnknownKeys.Length > 0))
            display.WriteLine(RowNotes.DescribeUnknownKeys(source.Name, source.UnknownKeys));
        WriteRows(display, data, plan);
    }

    private static void WriteOutcomes(Display display, IReadOnlyList<PreferenceReport> report)
    {
        var outcomes = Enum.GetValues<RowOutcome>()
            .Where(outcome => report.Any(file => file.Rows.GetValueOrDefault(outcome) > 0))
            .ToArray();
        display.WriteTable(
            ["file", .. outcomes.Select(RowOutcomeTable.GetDisplayName)],
            report.Select(file => (IReadOnlyList<string>)
            [
                Format.RelativePaths(file.File),
                .. outcomes.Select(outcome => Format.Count(file.Rows.GetValueOrDefault(outcome))),
            ]));
        foreach (var problem in report.SelectMany(file => file.Problems))
            display.WriteLine($"  {Format.RelativePaths(problem)}");
        foreach (var file in report.Where(file => file.UnknownKeys.Length > 0))
            display.WriteLine(RowNotes.DescribeUnknownKeys(Format.RelativePaths(file.File), file.UnknownKeys));
    }

    private static void Write(Display display, LabeledDataset data, TrainingPlan plan)
    {
        WriteOutcomes(display, data.Report);
        var lengths = data.Train.Select(answer => answer.Length).Order().ToArray();
        var desirable = data.Train.Count(answer => answer.IsDesirable);
        display.WriteLine();
        display.WriteLine(
            $"An epoch has {Format.Count(lengths.Length, "answer")}, {Format.Count(desirable)} desirable and "
                + $"{Format.Count(lengths.Length - desirable)} undesirable; they have a median of "
                + $"{Format.Count(lengths[lengths.Length / 2])} and a maximum of {Format.Count(lengths[^1])} of "
                + $"{Format.Count(plan.Training.SequenceLength)} tokens. {Format.Count(data.Validation.Count)} are held out.");
    }

    private static void Write(Display display, PreferenceDataset data, TrainingPlan plan)
    {
        WriteOutcomes(display, data.Report);
        var lengths = data
            .TrainIndices.Select(number => Math.Max(data.Pairs[number].Chosen.Length, data.Pairs[number].Rejected.Length))
            .Order()
            .ToArray();
        display.WriteLine();
        display.WriteLine(
            $"An epoch has {Format.Count(lengths.Length, "pair")}; question and longer answer have a median of "
                + $"{Format.Count(lengths[lengths.Length / 2])} and a maximum of {Format.Count(lengths[^1])} of "
                + $"{Format.Count(plan.Training.SequenceLength)} tokens.");
        display.WriteLine($"{Format.Count(data.ValidationIndices.Count, "pair is", "pairs are")} held out.");
    }

    private static void WriteLabels(Display display, SftSourceReport source)
    {
        display.WriteLine(
            $"{source.Name}: {Format.Count(source.Labels.Count, "class", "classes")}; the largest has "
                + $"{Format.Invariant($"{(double)source.Labels[0].Rows / source.Labels[^1].Rows:F1}")} times the rows "
                + "of the smallest");
        display.WriteTable(["class", "rows", "share"], source.Labels.Select(label => (IReadOnlyList<string>)
            [label.Label, Format.Count(label.Rows), Format.Percent((double)label.Rows / source.Labels.Sum(l => l.Rows))]));
    }

    private static void WriteRows(Display display, SftDataset data, TrainingPlan plan)
    {
        var lengths = data.Train.Select(example => example.Tokens.Length).Order().ToArray();
        var (tokens, places) = (lengths.Sum(length => (long)length), plan.Training.SequenceLength);
        var packed = RowPacking.PackBestFit(lengths, places).Count;
        display.WriteLine();
        display.WriteLine(
            $"An epoch has {Format.Count(data.Train.Count, "example")} of {Format.Count(tokens, "token")}; median "
                + $"length {Format.Count(lengths[lengths.Length / 2])}, maximum {Format.Count(lengths[^1])} of "
                + $"{Format.Count(places)}.");
        display.WriteLine(
            $"Packing: {Format.Count(packed, "row")}, {Format.Percent((double)tokens / ((long)packed * places))} " + "full.");
        display.WriteLine(
            $"{Format.Count(data.Validation.Count, "example is", "examples are")} held out; none of them has the same question "
                + "and context, or the same answer, as a training example.");
        if (plan.Sft!.Gold.Count > 0)
            display.WriteLine(
                Format.Count(
                    data.Report.Sum(source => source.GetCount(RowOutcome.Gold)),
                    "example matches or nearly matches", "examples match or nearly match")
                + " a gold file; such examples are neither trained on nor held out.");
    }
}
