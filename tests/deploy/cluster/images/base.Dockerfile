# In place of the official image of Python: Debian's, of the same version.
FROM scratch
ADD python.tar /
# What builds reach over TLS is what this machine reaches.
COPY ca-certificates.crt /etc/ssl/certs/
RUN ln -s python3 /usr/bin/python \
 && printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\ndisable-pip-version-check = true\n' >/etc/pip.conf
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["python3"]
