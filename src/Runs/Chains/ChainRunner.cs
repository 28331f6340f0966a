using System.Diagnostics;
using TurkishLlm.Model;

namespace TurkishLlm.Runs.Chains;

/// <summary>
/// Runs steps in order, and skips those that are up to date: the record of the step is complete and has its options and the
/// digests of its inputs and outputs.
/// </summary>
/// <remarks>
/// The record says "started" before the command runs, and "done" after it has returned 0, so outputs of an interrupted command
/// are never taken for complete. A started step with the same inputs and options resumes. Outputs that are stale are renamed to
/// <c>NAME.aside-1</c>, never deleted. Outputs that no record explains are refused. Spec: CHN-01, CHN-02.
/// </remarks>
/// <param name="directory">Directory that relative paths are relative to.</param>
/// <param name="records">The records of steps.</param>
/// <param name="digests">Digests of files.</param>
public sealed class ChainRunner(string directory, StepRecords records, ContentDigests digests)
{
    /// <summary>Judges a step without changing anything.</summary>
    /// <exception cref="InvalidDataException">The record of the step is damaged.</exception>
    public StepStatus Judge(ChainJob job, CancellationToken cancellationToken) =>
        Judge(job, Describe(job, StepState.Started, cancellationToken), cancellationToken);

    /// <summary>Runs a step unless it is up to date.</summary>
    /// <param name="job">The step.</param>
    /// <param name="force">True to run it even if it is up to date.</param>
    /// <param name="report">Receives the status before the command runs, and new names of outputs set aside.</param>
    /// <param name="cancellationToken">Cancels the step.</param>
    /// <returns>The exit code of the command; 0 if the step is up to date.</returns>
    /// <exception cref="ConfigurationException">An output exists that no record explains.</exception>
    public async Task<int> RunAsync(
        ChainJob job, bool force, Action<StepStatus, IReadOnlyList<string>> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(report);
        var now = Describe(job, StepState.Started, cancellationToken);
        var status = Judge(job, now, cancellationToken);
        if (status.IsUpToDate && force) status = status with { Reasons = ["forced"] };
        if (status.IsUpToDate)
        {
            report(status, []);
            return 0;
        }
        var before = records.Read(job.Outputs[0]);
        RefuseUnexplained(job, before);
        report(status, PrepareOutputs(job, status));
        var spent = status.Resumes ? before!.Seconds : 0;
        records.Write(job.Outputs[0], now with { Seconds = spent });

        var started = Stopwatch.GetTimestamp();
        try
        {
            var code = await job.Run(cancellationToken);
            if (code != 0) return code;
        }
        finally
        {
            spent += Stopwatch.GetElapsedTime(started).TotalSeconds;
            records.Write(job.Outputs[0], now with { Seconds = spent });
        }
        Complete(job, now with { Seconds = spent }, cancellationToken);
        return 0;
    }

    /// <summary>Records the outputs of a step as complete, without running it.</summary>
    /// <exception cref="IOException">An input or output does not exist.</exception>
    public void Adopt(ChainJob job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        var now = Describe(job, StepState.Started, cancellationToken);
        if (now.Inputs.FirstOrDefault(input => input.Value == ContentDigests.Missing) is { Key: { } missing })
            throw new FileNotFoundException(
                $"The step {job.Name} cannot be adopted: its input {missing} does not exist.", missing);
        Complete(job, now, cancellationToken);
    }

    private void Complete(ChainJob job, StepRecord now, CancellationToken cancellationToken)
    {
        var outputs = Digest(job, job.Outputs, cancellationToken);
        if (outputs.FirstOrDefault(output => output.Value == ContentDigests.Missing) is { Key: { } missing })
            throw new FileNotFoundException(
                $"The step {job.Name} is not complete: its output {missing} does not exist.", missing);
        records.Write(job.Outputs[0], now with { State = StepState.Done, Outputs = outputs });
        digests.Save();
    }

    private StepStatus Judge(ChainJob job, StepRecord now, CancellationToken cancellationToken)
    {
        var record = records.Read(job.Outputs[0]);
        if (record is null) return new(job, ["not run yet"], Resumes: false);
        var changes = record.FindChanges(now);
        if (record.State == StepState.Started)
            return new(job, changes.Count == 0 ? ["was interrupted"] : changes, Resumes: changes.Count == 0);
        if (changes.Count > 0) return new(job, changes, Resumes: false);
        return new(
            job,
            [
                .. Digest(job, job.Outputs, cancellationToken)
                    .Where(output => output.Value != record.Outputs.GetValueOrDefault(output.Key))
                    .Select(output => output.Value == ContentDigests.Missing
                        ? $"{output.Key} is missing" : $"{output.Key} is not what the step wrote"),
            ],
            Resumes: false);
    }

    private StepRecord Describe(ChainJob job, StepState state, CancellationToken cancellationToken) => new(
        job.Verb, job.Format, state, job.Options.ToDictionary(StringComparer.Ordinal),
        Digest(job, job.Inputs, cancellationToken), new Dictionary<string, string>(), Seconds: 0,
        job.Inputs.Sum(path => ContentDigests.GetBytes(Locate(job, path))));

    private Dictionary<string, string> Digest(ChainJob job, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        paths.Distinct(StringComparer.Ordinal).ToDictionary(
            path => path, path => digests.Compute(Locate(job, path), cancellationToken), StringComparer.Ordinal);

    private string Locate(ChainJob job, string path) => Path.GetFullPath(job.Find?.Invoke(path) ?? path, directory);

    // A record that is missing, or of another chain, must not cost work of the user.
    private void RefuseUnexplained(ChainJob job, StepRecord? before)
    {
        if (before is not null || job.UpdatesOutput) return;
        foreach (var output in job.Outputs.Where(output => Exists(Locate(job, output))))
            throw new ConfigurationException(
                $"{output} exists, but no chain has recorded how it was made. To use it as it is, add --adopt {job.Name}; to let "
                    + $"the step {job.Name} make it, rename or delete it.");
    }

    private List<string> PrepareOutputs(ChainJob job, StepStatus status)
    {
        List<string> aside = [];
        if (job.UpdatesOutput || (status.Resumes && job.ResumesOutput)) return aside;
        foreach (var path in job.Outputs.Select(output => Locate(job, output)).Where(Exists))
            if (status.Resumes) Delete(path);
            else aside.Add(SetAside(path));
        return aside;
    }

    private static string SetAside(string path)
    {
        var name = Enumerable.Range(1, int.MaxValue)
            .Select(n => FormattableString.Invariant($"{path}.aside-{n}"))
            .First(name => !Exists(name));
        Directory.Move(path, name);
        return name;
    }

    private static void Delete(string path)
    {
        if (File.Exists(path)) File.Delete(path);
        else Directory.Delete(path, recursive: true);
    }

    private static bool Exists(string path) =>
        File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any());
}
