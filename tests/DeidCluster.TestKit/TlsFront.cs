namespace DeidCluster.TestKit;

/// <summary>
/// What stands before a web server in a hospital: it speaks TLS with certificates of both sides and passes the bytes on. Python's ssl module does it, because the HTTPS of
/// Debian's Orthanc 1.10.1 ends with a segmentation fault at the first request.
/// </summary>
public static class TlsFront
{
    /// <summary>The interpreter that Debian's packages belong to.</summary>
    public const string Python = "/usr/bin/python3";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    private const string Script =
        """
        import socket, ssl, sys, threading
        port, behind, certificate, key, trusted = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(trusted)
        context.verify_mode = ssl.CERT_REQUIRED
        def pump(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
            except OSError:
                pass
            try:
                target.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        def serve(client):
            try:
                secured = context.wrap_socket(client, server_side=True)
            except (OSError, ssl.SSLError) as problem:
                print("refused:", problem, flush=True)
                client.close()
                return
            server = socket.create_connection(("127.0.0.1", behind))
            threading.Thread(target=pump, args=(secured, server), daemon=True).start()
            pump(server, secured)
        listener = socket.create_server(("127.0.0.1", port))
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()
        """;

    /// <summary>Listens on <paramref name="port"/> of loopback with the certificate "server", wants one of the same root, and passes on to <paramref name="behind"/>.</summary>
    public static Task<PeerProcess> StartAsync(int port, int behind, TestCertificates certificates) => PeerProcess.StartServerAsync(
        Python, ["-c", Script, $"{port}", $"{behind}", certificates.File("server.pem"), certificates.File("server.key"), certificates.File("root.pem")], port, StartDeadline);
}
