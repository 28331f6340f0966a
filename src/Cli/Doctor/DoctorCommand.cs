using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli.Doctor;

/// <summary><c>turkishllm doctor</c></summary>
internal static class DoctorCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string?>("plan")
        {
            Description = "Plan to check as well (default: check the machine only).", DefaultValueFactory = _ => null,
        };
        var set = new Option<string[]>("--set") { Description = PlanFile.SetDescription };
        var json = JsonOutput.CreateLinesOption("check");
        var command = new Command(
            "doctor",
            "Check this machine, and optionally a plan: problems found, with suggested fixes. Exits with "
                + "code 2 if training cannot run.")
        {
            file, set, json,
        };
        command.SetAction(parsed =>
        {
            var plan = parsed.GetValue(file) is { } path ? PlanFile.Load(path, parsed.GetValue(set) ?? []) : null;
            var findings = new HealthCheck(plan).Run();
            if (parsed.GetValue(json)) Finding.WriteJson(display, findings);
            else Finding.Write(display, findings);
            var failed = findings
                .Where(finding => finding.Severity == FindingSeverity.Fail)
                .Select(finding => finding.Name)
                .ToArray();
            if (failed.Length > 0)
                throw new ConfigurationException(
                    $"{(plan is null ? "Training" : plan.Name)} cannot run here: {string.Join(", ", failed)}.");
        });
        return command;
    }
}
