using System.Globalization;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the epochs of a report.</summary>
internal static class ReportEpochs
{
    public static string RenderHtml(IReadOnlyList<EpochMetrics> epochs)
    {
        if (epochs.Count == 0) return "";
        return "<h2>Epochs</h2>\n<div class=\"card events\"><table><thead><tr><th>epoch</th><th>training loss</th>"
            + "<th>validation loss</th><th>loss on running text</th><th>time</th></tr></thead><tbody>\n"
            + $"{string.Concat(epochs.Select(Row))}</tbody></table></div>";
    }

    private static string Row(EpochMetrics epoch)
    {
        string[] cells =
        [
            epoch.Epoch == 0 ? "before training" : Invariant($"{epoch.Epoch}"), Loss(epoch.TrainingLoss),
            Loss(epoch.ValidationLoss) + (epoch.IsBest ? " ★" : ""), Loss(epoch.TextLoss),
            ShortNumber.FormatDuration(epoch.Seconds),
        ];
        return $"<tr>{string.Concat(cells.Select(cell => $"<td>{cell}</td>"))}</tr>\n";
    }

    private static string Loss(double? loss) => loss is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
