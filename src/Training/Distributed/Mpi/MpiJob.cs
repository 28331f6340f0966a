using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace TurkishLlm.Training.Distributed.Mpi;

/// <summary>
/// Registers processes of this machine with Open MPI that our launcher starts and watches itself, with their exit codes, signals
/// and output.
/// </summary>
/// <remarks>
/// <c>mpirun</c> returns 0 if a process was lost and the others were allowed to continue, mixes the output of its processes, and
/// kills them when it is stopped. So it only starts placeholders, which report the environment that Open MPI gave them: to
/// Open MPI, the processes that take over this environment are the placeholders. The placeholders end when the job is disposed;
/// if the owner of the job dies, they end after the processes, because without <c>mpirun</c> the processes would end in the
/// middle of saving.
/// </remarks>
public sealed class MpiJob : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(10);

    // A file exists only when it is complete. Rank 0 reads the input of mpirun, which ends with its owner, and then waits up to
    // ten minutes for the processes; the other placeholders follow.
    private const string Placeholder =
        """
        rank=$OMPI_COMM_WORLD_RANK
        env -0 > "$0/$rank.new" && mv "$0/$rank.new" "$0/$rank" || exit 1
        if [ "$rank" = 0 ]; then
          cat > /dev/null
          seconds=0
          for process in $(cat "$0/processes" 2> /dev/null); do
            while [ $seconds -lt 600 ] && kill -0 "$process" 2> /dev/null; do sleep 1; seconds=$((seconds + 1)); done
          done
          rm -rf "$0"
        else
          while [ -e "$0" ]; do sleep 1; done
        fi
        """;

    private readonly Process _mpirun;
    private readonly DirectoryInfo _folder;

    private MpiJob(Process mpirun, DirectoryInfo folder, IReadOnlyList<IReadOnlyDictionary<string, string>> environments) =>
        (_mpirun, _folder, Environments) = (mpirun, folder, environments);

    /// <summary>The environment of each process, in the order of ranks. A process started with it belongs to the job.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Environments { get; }

    /// <summary>True if <c>mpirun</c> has ended. Open MPI then ends the processes, too.</summary>
    public bool HasEnded => _mpirun.HasExited;

    /// <summary>Registers a number of processes.</summary>
    /// <param name="count">The number of processes.</param>
    /// <exception cref="IOException"><c>mpirun</c> is missing or does not start.</exception>
    public static MpiJob Start(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var folder = Directory.CreateTempSubdirectory("turkishllm-mpi-");
        Process? mpirun = null;
        try
        {
            mpirun = Process.Start(CreateStartInfo(count, folder.FullName))!;
            var errors = mpirun.StandardError.ReadToEndAsync();
            var started = Stopwatch.GetTimestamp();
            string[] files = [.. Enumerable.Range(0, count).Select(rank => Path.Combine(folder.FullName, Number(rank)))];
            while (!files.All(File.Exists))
            {
                if (mpirun.HasExited) throw new IOException($"mpirun could not start {count} processes: {errors.Result.Trim()}");
                if (Stopwatch.GetElapsedTime(started) > Timeout)
                    throw new IOException($"mpirun did not start {count} processes within {(int)Timeout.TotalSeconds} s.");
                Thread.Sleep(Pause);
            }
            return new MpiJob(mpirun, folder, [.. files.Select(file => Parse(File.ReadAllBytes(file)))]);
        }
        catch (Exception error)
        {
            if (mpirun is not null) End(mpirun);
            if (Directory.Exists(folder.FullName)) folder.Delete(recursive: true);
            if (error is System.ComponentModel.Win32Exception)
                throw new IOException($"mpirun could not be started: {error.Message}", error);
            throw;
        }
    }

    /// <summary>Sets the processes of the job, so that the job outlives them if its owner dies.</summary>
    public void RetainProcesses(IEnumerable<int> processes) =>
        File.WriteAllText(Path.Combine(_folder.FullName, "processes"), string.Join(' ', processes.Select(Number)));

    /// <summary>Ends the placeholders. The processes must have ended before.</summary>
    public void Dispose()
    {
        End(_mpirun);
        if (Directory.Exists(_folder.FullName)) _folder.Delete(recursive: true);
    }

    private static ProcessStartInfo CreateStartInfo(int count, string folder)
    {
        // In a session of its own: Ctrl+C in the terminal would end mpirun, and so the processes before they have saved.
        string[] apart = OperatingSystem.IsMacOS() ? ["perl", "-MPOSIX", "-e", "setsid(); exec @ARGV"] : ["setsid"];
        string[] words =
        [
            .. apart, "mpirun", "--enable-recovery", "--map-by", ":OVERSUBSCRIBE", "--bind-to", "none", "-n", Number(count),
            "sh", "-c", Placeholder, folder,
        ];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // With this transport the launcher decides what happens to the others after a loss; the UCX transport ends them.
        start.Environment.TryAdd("OMPI_MCA_pml", "ob1");
        // mpirun asks root to confirm. A user who trains as root has already decided that.
        start.Environment.TryAdd("OMPI_ALLOW_RUN_AS_ROOT", "1");
        start.Environment.TryAdd("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
        return start;
    }

    // Entries end with NUL. Their values need not be UTF-8, and those that matter here are ASCII.
    private static Dictionary<string, string> Parse(byte[] environment) => Encoding.UTF8.GetString(environment)
        .Split('\0', StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Split('=', 2))
        .Where(pair => pair.Length == 2)
        .ToDictionary(pair => pair[0], pair => pair[1]);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static void End(Process mpirun)
    {
        using (mpirun)
        {
            try
            {
                mpirun.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has already ended.
            }
            if (!mpirun.WaitForExit(Timeout / 10)) mpirun.Kill(entireProcessTree: true);
        }
    }
}
