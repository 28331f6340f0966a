using System.Globalization;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the epochs of a report.</summary>
internal static class ReportEpochs
{
    public static Html Render(IReadOnlyList<EpochMetrics> epochs) => epochs.Count == 0 ? Html.Empty : Html.From(
        $"""
        <h2>Epochs</h2>
        <p class="soft">★ marks the lowest validation loss.</p>
        <div class="card">{HtmlTable.Render(
            ["epoch", "training loss, mean", "validation loss", "loss on plain text", "time"], epochs.Select(Row))}</div>

        """);

    private static IReadOnlyList<string> Row(EpochMetrics epoch) =>
    [
        epoch.Epoch == 0 ? "before training" : Invariant($"{epoch.Epoch}"), Loss(epoch.TrainingLoss),
        Loss(epoch.ValidationLoss) + (epoch.IsBest ? " ★" : ""), Loss(epoch.TextLoss),
        ShortNumber.FormatDuration(epoch.Seconds),
    ];

    private static string Loss(double? loss) => loss is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
